package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said in each situation that a machine with, or without, a card can be in; the reports are made up. */
class GpuJudgementTest {
    private static final String GOOD_DRIVER = "560.35.03";
    private static final String A10 = "0, NVIDIA A10, 8.6, 23028, 22500, " + GOOD_DRIVER;

    private static GpuReport told(String... lines) {
        return GpuReport.of(true, new GpuReport.Answer(0, String.join("\n", lines) + "\n"));
    }

    /** What PyTorch 2.7.1 for CUDA 12.6 has, and what its build for CUDA 12.8 is said to have. */
    private static final Optional<GpuCode> CUDA_12_6 = code(Set.of(50, 60, 70, 75, 80, 86, 90), Set.of());

    private static final Optional<GpuCode> CUDA_12_8 = code(Set.of(75, 80, 86, 90, 100, 120), Set.of(120));

    private static Optional<GpuCode> code(Set<Integer> compiled, Set<Integer> portable) {
        return Optional.of(new GpuCode(new TreeSet<>(compiled), new TreeSet<>(portable)));
    }

    private static List<String> problems(GpuReport report, boolean libraries, int counted) {
        return problems(report, libraries, CUDA_12_6, counted);
    }

    private static List<String> problems(GpuReport report, boolean libraries, Optional<GpuCode> code, int counted) {
        return new GpuJudgement(report, libraries, code, counted, "").problems();
    }

    private static void assertOnly(List<String> problems, String... words) {
        assertThat(problems).singleElement().asString().contains(words);
    }

    @Test
    void noCardAndNoLibrariesForOneIsNoProblem() {
        assertThat(problems(GpuReport.of(false, null), false, 0)).isEmpty();
    }

    @Test
    void librariesWithoutADriver() {
        assertOnly(
                problems(GpuReport.of(false, null), true, 0),
                "no driver is here",
                "runs on the CPU",
                "driver 525.60.13",
                "gpu-setup --remove",
                "unset PYTORCH_LIBRARY_PATH");
    }

    @Test
    void aCardWithoutADriver() {
        assertOnly(problems(GpuReport.of(true, null), true, 0), "nvidia-smi is not here", "install the driver");
    }

    @Test
    void aDriverThatFails() {
        GpuReport mismatch = GpuReport.of(
                true, new GpuReport.Answer(18, "Failed to initialize NVML:\n Driver/library version mismatch\n"));
        assertOnly(
                problems(mismatch, true, 0), "Failed to initialize NVML: Driver/library version mismatch", "restart");
        assertOnly(problems(GpuReport.of(true, new GpuReport.Answer(9, "")), true, 0), "nvidia-smi ends with 9");
    }

    @Test
    void aDriverThatFindsNoCard() {
        assertOnly(problems(told(), true, 0), "the driver finds no card");
    }

    @Test
    void anOldDriver() {
        GpuReport old = told("0, Tesla T4, 7.5, 15360, 15000, 470.256.02");
        assertOnly(problems(old, true, 0), "The driver is 470.256.02", "525.60.13 or later");
        assertThat(problems(told("0, Tesla T4, 7.5, 15360, 15000, 525.60.13"), true, 1))
                .isEmpty();
        assertOnly(problems(told("0, Tesla T4, 7.5, 15360, 15000, 525.60"), true, 1), "525.60");
    }

    @Test
    void aCardWithTheLibrariesOfTheCpu() {
        assertOnly(problems(told(A10), false, 0), "NVIDIA A10 is here", "align gpu-setup");
    }

    @Test
    void aCardThatTheEngineDoesNotFind() {
        assertOnly(
                problems(told(A10), true, 0), "the engine finds none", "libcuda.so.1", "/usr/lib/wsl/lib", "/dev/dxg");
        assertOnly(
                new GpuJudgement(told(A10), true, CUDA_12_6, 0, "-1").problems(),
                "CUDA_VISIBLE_DEVICES is \"-1\"",
                "unset it");
    }

    @Test
    void aGoodCardAndTwo() {
        assertThat(problems(told(A10), true, 1)).isEmpty();
        GpuReport two = told(A10, "1, NVIDIA H100 80GB HBM3, 9.0, 81559, 81000, " + GOOD_DRIVER);
        assertThat(problems(two, true, 2)).isEmpty();
        assertThat(two.cards()).extracting(Gpu::index, Gpu::capability).hasSize(2);
        assertThat(two.cards().get(1))
                .hasToString("gpu:1 (NVIDIA H100 80GB HBM3, compute capability 9.0, 79.1 of 79.6 GiB free)");
        assertOnly(problems(two, false, 0), "NVIDIA A10 and NVIDIA H100 80GB HBM3 is here");
    }

    @Test
    void littleFreeMemory() {
        assertOnly(
                problems(told("0, NVIDIA T400, 7.5, 3900, 2048, " + GOOD_DRIVER), true, 1), "gpu:0 has 2.0 GiB free");
    }

    @Test
    void anotherProcessHasTheMemory() {
        assertOnly(
                problems(told("0, NVIDIA A10, 8.6, 20000, 5000, " + GOOD_DRIVER), true, 1),
                "Other processes have 75 % of the memory of gpu:0");
    }

    /** The loaded library's own list decides, whatever the program was built with. */
    @Test
    void aCardWithoutCode() {
        GpuReport blackwell = told("0, NVIDIA B200, 10.0, 183000, 182000, 575.57.08");
        assertOnly(
                problems(blackwell, true, 1),
                "NVIDIA B200 has compute capability 10.0",
                "code for 5.0, 6.0, 7.0, 7.5, 8.0, 8.6, 9.0; use --device cpu",
                "gpu-setup --cuda 12.8");
        assertThat(problems(blackwell, true, CUDA_12_8, 1)).isEmpty();
        assertThat(problems(blackwell, true, Optional.empty(), 1)).isEmpty();
        GpuReport kepler = told("0, Tesla K80, 3.7, 11441, 11000, " + GOOD_DRIVER);
        assertOnly(problems(kepler, true, 1), "Tesla K80 has compute capability 3.7", "a libtorch of your own");
        GpuReport pascal = told("0, NVIDIA GeForce GTX 1080, 6.1, 8192, 8000, " + GOOD_DRIVER);
        assertThat(problems(pascal, true, 1)).isEmpty();
        assertOnly(problems(pascal, true, CUDA_12_8, 1), "12.0 and later by PTX");
    }

    /** Recorded of NVIDIA's documentation: a Grace Blackwell card shares the machine's memory; a driver may also keep figures to itself. */
    @Test
    void aCardWhoseMemoryIsNotReported() {
        GpuReport spark = told("0, NVIDIA GB10, 12.1, [N/A], [N/A], 580.95.05");
        assertThat(spark.failure()).isEmpty();
        assertThat(spark.cards())
                .singleElement()
                .hasToString("gpu:0 (NVIDIA GB10, compute capability 12.1, memory not reported)");
        assertThat(problems(spark, true, CUDA_12_8, 1)).isEmpty();
        assertOnly(problems(spark, true, 1), "NVIDIA GB10 has compute capability 12.1", "gpu-setup --cuda 12.8");
        GpuReport part = told("0, NVIDIA H100, [Not Supported], [Insufficient Permissions], [N/A], " + GOOD_DRIVER);
        assertThat(part.cards()).singleElement().asString().contains("capability unknown, memory not reported");
        assertThat(problems(part, true, 1)).isEmpty();
    }

    @Test
    void aDriverTooOldToBeAsked() {
        GpuReport old =
                GpuReport.of(true, new GpuReport.Answer(2, "Field \"compute_cap\" is not a valid field to query.\n"));
        assertOnly(problems(old, true, 0), "The driver is so old", "525.60.13 or later");
    }

    @Test
    void cardsAreSeenByTheFilesOfTheirSystem(@TempDir Path root) throws IOException {
        assertThat(GpuReport.isPresent(root, null)).isFalse();
        Files.createDirectories(root.resolve("dev"));
        Files.createFile(root.resolve("dev/dxg"));
        assertThat(GpuReport.isPresent(root, null))
                .as("WSL 2 without a driver in Windows")
                .isFalse();
        Files.createDirectories(root.resolve("usr/lib/wsl/lib"));
        Files.createFile(root.resolve("usr/lib/wsl/lib/libcuda.so.1"));
        assertThat(GpuReport.isPresent(root, null)).as("WSL 2").isTrue();
        Path linux = Files.createDirectories(root.resolve("linux/dev")).getParent();
        Files.createFile(linux.resolve("dev/nvidiactl"));
        assertThat(GpuReport.isPresent(linux, null)).as("Linux").isTrue();
        Path windows = Files.createDirectories(root.resolve("Windows/System32")).getParent();
        assertThat(GpuReport.isPresent(windows, windows.toString())).isFalse();
        Files.createFile(windows.resolve("System32/nvcuda.dll"));
        assertThat(GpuReport.isPresent(windows, windows.toString()))
                .as("Windows")
                .isTrue();
    }

    @Test
    void anAnswerThatCanNotBeRead() {
        GpuReport strange = told(A10, "1, NVIDIA X, new, 1, 1, " + GOOD_DRIVER);
        assertThat(strange.cards()).hasSize(1);
        assertOnly(problems(strange, true, 1), "Not every card is reported", "NVIDIA X, new");
        assertOnly(problems(told("hello"), true, 0), "prints what can't be read: hello");
    }
}
