package org.align4j.core.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said in each situation that a machine with, or without, a card can be in; the reports are made up. */
class GpuJudgementTest {
    private static final String GOOD_DRIVER = "560.35.03";
    private static final String A10 = "0, NVIDIA A10, 8.6, 23028, 22500, " + GOOD_DRIVER;

    private static GpuReport told(String... lines) {
        return GpuReport.of(true, new GpuReport.Answer(0, String.join("\n", lines) + "\n"));
    }

    private static List<String> problems(GpuReport report, boolean libraries, int counted) {
        return new GpuJudgement(report, libraries, counted, "").problems();
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
        assertOnly(problems(GpuReport.of(false, null), true, 0), "no driver is here", "runs on the CPU");
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
        assertOnly(problems(told(A10), true, 0), "the engine finds none", "libcuda.so.1");
        assertOnly(new GpuJudgement(told(A10), true, 0, "-1").problems(), "CUDA_VISIBLE_DEVICES is \"-1\"", "unset it");
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

    @Test
    void aCardWithoutCode() {
        GpuReport blackwell = told("0, NVIDIA B200, 10.0, 183000, 182000, 575.57.08");
        assertOnly(
                problems(blackwell, true, 1), "NVIDIA B200 has compute capability 10.0", "5.0 to 9.x", "--device cpu");
        assertThat(blackwell.cards().get(0).hasCode()).isFalse();
        GpuReport kepler = told("0, Tesla K80, 3.7, 11441, 11000, " + GOOD_DRIVER);
        assertOnly(problems(kepler, true, 1), "Tesla K80 has compute capability 3.7");
    }

    @Test
    void anAnswerThatCanNotBeRead() {
        GpuReport strange = told(A10, "1, NVIDIA X, [N/A], 1, 1, " + GOOD_DRIVER);
        assertThat(strange.cards()).hasSize(1);
        assertOnly(problems(strange, true, 1), "Not every card is told of", "[N/A]");
        assertOnly(problems(told("hello"), true, 0), "prints what can't be read: hello");
    }
}
