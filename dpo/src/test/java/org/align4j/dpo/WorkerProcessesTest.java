package org.align4j.dpo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.run.RunEvent;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.shards.ExecutorOptions;
import org.align4j.core.train.TrainingLog;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs whose forwards several processes take are those of one process with the same slices, byte for byte. */
class WorkerProcessesTest {
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    private static final String WORKER = "org.align4j.core.session.cluster.WorkerProcess";

    @TempDir
    Path folder;

    private List<String> words(String name, String... more) {
        String[] usual = {
            "--model", TRACES.resolve("models").resolve("llama-a").toString(),
            "--data",
                    TRACES.resolve("dpo_sigmoid_lora_b4").resolve("data.jsonl").toString(),
            "--out", folder.resolve(name).toString(),
            "--dtype", "fp32",
            "--device", "cpu",
            "--threads", "1",
            "--max-length", "64",
            "--batch-size", "8",
            "--micro-batch-tokens", "48",
            "--gradient-slices", "5",
            "--lora-rank", "4",
            "--learning-rate", "2e-3",
            "--max-steps", "3",
            "--eval-fraction", "0.1",
            "--report", "false",
            "--reference-cache", "off"
        };
        return AlignRuns.words("dpo", usual, more);
    }

    private Path dpo(String name, String... more) {
        AlignRuns.align(words(name, more));
        return folder.resolve(name);
    }

    @Tag("long")
    @ParameterizedTest
    @CsvSource({"sigmoid, tree", "beta_dpo, tree", "sigmoid, sequence"})
    void theBytesAreThoseOfOneProcess(String loss, String order) throws IOException {
        String[] options = {"--loss", loss, "--gradient-order", order, "--lora-dropout", "0.1"};
        Path plain = dpo("plain", options);
        for (int processes : new int[] {1, 3}) {
            Path apart =
                    dpo("apart-" + processes, AlignRuns.concat(options, "--processes", Integer.toString(processes)));
            AlignRuns.assertSame(apart, plain);
            JsonNode account = AlignRuns.json(apart.resolve("cluster.json")).get(0);
            assertThat(account.get("place").asText()).isEqualTo(processes + " processes");
            assertThat(account.get("lost").asInt()).isZero();
        }
    }

    @Tag("long")
    @Test
    void aKilledProcessTakesItsSlicesAgain() throws IOException {
        Path plain = dpo("plain", "--max-steps", "8");
        AtomicInteger killed = new AtomicInteger();
        List<String> words = words("killed", "--processes", "2", "--max-steps", "8");
        TrainingLog log = new TrainingLog(event -> {
            if (event instanceof RunEvent.Step step && step.step() % 2 == 0) {
                workers().limit(1).forEach(worker -> killed.addAndGet(worker.destroyForcibly() ? 1 : 0));
            }
        });
        train(TrainingMethod.named("dpo").orElseThrow(), AlignRuns.yaml(words), log);
        assertThat(killed).hasPositiveValue();
        AlignRuns.assertSame(folder.resolve("killed"), plain);
        assertThat(AlignRuns.json(folder.resolve("killed").resolve("cluster.json"))
                        .get(0)
                        .get("lost")
                        .asInt())
                .isPositive();
        assertThat(workers()).isEmpty();
    }

    /** A run of an earlier version has no line gradient-order; it goes on as it began, and a written tree is a change. */
    @Tag("long")
    @Test
    void aRunWithoutAnOrderGoesOnInSequence() throws IOException {
        Path plain = dpo("plain", "--gradient-order", "sequence");
        Path old = dpo("old", "--gradient-order", "sequence");
        Path config = old.resolve("config.yaml");
        String lines = Files.readString(config);
        assertThat(lines).contains("\ngradient-order: sequence\n");
        Files.writeString(config, lines.replace("\ngradient-order: sequence\n", "\ngradient-order: tree\n"));
        assertThat(AlignRuns.ends(2, List.of("resume", old.toString(), "--max-steps", "6")))
                .contains("gradient-order sequence \u2192 tree");
        Files.writeString(config, lines.replace("\ngradient-order: sequence\n", "\n"));
        AlignRuns.align(List.of("resume", old.toString(), "--max-steps", "6", "--processes", "2"));
        AlignRuns.align(List.of("resume", plain.toString(), "--max-steps", "6"));
        AlignRuns.assertSame(old, plain);
        assertThat(config).content().contains("gradient-order: sequence");
    }

    private static Stream<ProcessHandle> workers() {
        return ProcessHandle.current().descendants().filter(WorkerProcessesTest::isWorker);
    }

    /** Java itself tells the first 4 KiB of a command line. */
    private static boolean isWorker(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"), ISO_8859_1)
                    .contains(WORKER);
        } catch (IOException ended) {
            return false;
        }
    }

    private static <O extends Record> void train(TrainingMethod<O> method, String options, TrainingLog log) {
        method.begin(OptionsYaml.parse(options, "test", method.options()), log);
    }

    @Test
    void whatCantBeHeededIsRefused() {
        ExecutorOptions spark = new ExecutorOptions("spark://host:7077", 60, false);
        refused(() -> new ClusterOptions(spark, null, null, 1, 2), "processes is 2 and cluster is spark://host:7077");
        refused(
                () -> new ClusterOptions(ExecutorOptions.NONE, 0, null, 1, 2),
                "gradient-slices is 0 but processes is 2");
        refused(() -> new ClusterOptions(ExecutorOptions.NONE, null, null, 1, 0), "processes is 0");
        refused(() -> DeviceChoice.parse("gpu:0,gpu:0"), "names a card twice");
        assertThat(AlignRuns.ends(2, words("cards", "--device", "gpu:0,gpu:1")))
                .contains("device is gpu:0,gpu:1, a card for each of 2 processes", "give processes 2");
    }

    private static void refused(Runnable call, String words) {
        assertThatThrownBy(call::run).isInstanceOf(InputException.class).hasMessageContaining(words);
    }

    /** Each process of a training on several cards has one of its own. */
    @Test
    void eachProcessHasItsCard() {
        String config = "model: m\ndevice: \"gpu:2,gpu:5\"\nthreads: 4\n";
        assertThat(ClusterOptions.ofProcess(config, 1))
                .contains("device: gpu:2\n")
                .doesNotContain("gpu:5");
        assertThat(ClusterOptions.ofProcess(config, 2)).contains("device: gpu:5\n", "threads: 4\n");
        assertThat(ClusterOptions.ofProcess("device: cpu\n", 3)).isEqualTo("device: cpu\n");
        assertThat(DeviceChoice.parse("gpu:2,gpu:5")).hasToString("gpu:2,gpu:5");
        assertThat(DeviceChoice.parse("gpu:2,gpu:5").first()).hasToString("gpu:2");
        assertThat(DeviceChoice.parse("gpu:0,gpu:1")).hasToString("gpu:0,gpu:1");
    }
}
