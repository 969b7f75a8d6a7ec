package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.align4j.core.train.command.ChildAlign;
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

    private static List<String> words(Path out, String... more) {
        String[] all = Arrays.copyOf(OPTIONS, OPTIONS.length + more.length);
        System.arraycopy(more, 0, all, OPTIONS.length, more.length);
        return DpoRuns.dpo(out, all);
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
        ChildAlign.killAndResume(run, words(run, more), KILLS, () -> 3 + random.nextInt(6));
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
        ChildAlign child = ChildAlign.start("ulimit -f 128; ", DpoRuns.dpo(run, tiny));
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(1);
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
        ChildAlign child = ChildAlign.start(words(run));
        child.read(5);
        child.terminate();
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(143);
        assertThat(DpoRuns.json(run.resolve("result.json")).get("status").asText())
                .isEqualTo("stopped");
        DpoRuns.align(List.of("resume", run.toString()));
        assertSameAsUndisturbed(run);
    }
}
