package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.align4j.core.cli.Align;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A DPO run in processes of its own, killed at random moments and resumed. {@code -Dalign4j.dpo.kills=20} kills more
 * often than the usual three times.
 */
class KilledDpoRunTest {
    private static final int KILLS = Integer.getInteger("align4j.dpo.kills", 3);
    private static final int STEPS = 12;
    private static final String[] OPTIONS = {
        "--max-steps", String.valueOf(STEPS), "--save-every", "1", "--lora-dropout", "0.1", "--eval-fraction", "0.1"
    };

    @TempDir
    Path folder;

    private Process start(List<String> words) throws IOException {
        return start("", words);
    }

    /** @param shell what a shell runs before */
    private Process start(String shell, List<String> words) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                shell + "exec \"$@\"",
                "sh",
                java.toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-Xms128m",
                "-Xmx128m",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-cp",
                classes,
                Align.class.getName()));
        command.addAll(words);
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static List<String> words(Path out, String... more) {
        String[] all = Arrays.copyOf(OPTIONS, OPTIONS.length + more.length);
        System.arraycopy(more, 0, all, OPTIONS.length, more.length);
        return DpoRuns.dpo(out, all);
    }

    /** Reads so many lines of what the process logs, or all. */
    private static String read(Process child, int lines) throws IOException {
        BufferedReader log = child.errorReader();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) {
            String line = log.readLine();
            if (line == null) {
                break;
            }
            text.append(line).append('\n');
        }
        return text.toString();
    }

    private static int end(Process child) throws InterruptedException {
        assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return child.exitValue();
    }

    private void assertSameAsUndisturbed(Path run, String... more) throws IOException {
        Path undisturbed = folder.resolve("undisturbed");
        DpoRuns.align(words(undisturbed, more));
        assertThat(DpoRuns.metrics(run)).isEqualTo(DpoRuns.metrics(undisturbed));
        assertThat(DpoRuns.product(run).path())
                .hasSameBinaryContentAs(DpoRuns.product(undisturbed).path());
        Path last = undisturbed.resolve("checkpoints").resolve("step-0000" + STEPS);
        try (Stream<Path> files = Files.walk(last)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                assertThat(run.resolve(undisturbed.relativize(file))).hasSameBinaryContentAs(file);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--reference-sync-steps 2", "--method qlora"})
    void sigkillAtRandomMomentsThenResumeIsBitIdentical(String options) throws Exception {
        String[] more = options.isEmpty() ? new String[0] : options.split(" ");
        Random random = new Random(8);
        Path run = folder.resolve("run");
        for (int kill = 0; kill < KILLS; kill++) {
            Process child = start(Files.exists(run) ? List.of("resume", run.toString()) : words(run, more));
            read(child, 3 + random.nextInt(6));
            child.destroyForcibly();
            end(child);
        }
        Process last = start(List.of("resume", run.toString()));
        String log = read(last, Integer.MAX_VALUE);
        assertThat(end(last)).as(log).isZero();
        assertSameAsUndisturbed(run, more);
    }

    /** Files may have 64 KiB only, as if the disk were full: the metrics meet it after some 150 steps. */
    @Test
    void whereTheDiskTakesNoMoreTheLastCheckpointIsWhole() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "Linux only");
        Path run = folder.resolve("run");
        String[] tiny = {
            "--max-steps",
            "400",
            "--save-every",
            "25",
            "--batch-size",
            "1",
            "--lora-rank",
            "1",
            "--lora-targets",
            "q_proj"
        };
        Process child = start("ulimit -f 128; ", DpoRuns.dpo(run, tiny));
        String log = read(child, Integer.MAX_VALUE);
        assertThat(end(child)).as(log).isEqualTo(1);
        assertThat(log).contains("could not be written: File too large", "The last checkpoint is untouched");
        JsonNode result = DpoRuns.json(run.resolve("result.json"));
        assertThat(result.get("status").asText()).isEqualTo("failed");
        int step = result.get("step").asInt();
        assertThat(step).isBetween(50, 399);
        DpoRuns.align(List.of("resume", run.toString()));
        assertThat(DpoRuns.steps(run)).hasSize(400);
    }

    @Test
    void sigtermSavesTheLastStepAndExits() throws Exception {
        Path run = folder.resolve("run");
        Process child = start(words(run));
        read(child, 5);
        new ProcessBuilder("kill", "-TERM", Long.toString(child.pid())).start().waitFor();
        String log = read(child, Integer.MAX_VALUE);
        assertThat(end(child)).as(log).isEqualTo(143);
        assertThat(DpoRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("stopped");
        DpoRuns.align(List.of("resume", run.toString()));
        assertSameAsUndisturbed(run);
    }
}
