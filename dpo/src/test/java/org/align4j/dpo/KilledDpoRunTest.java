package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.files.Trials;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A DPO run in processes of its own, killed at random moments and resumed. {@code -Dalign4j.dpo.kills=20} kills more
 * often than the usual once.
 */
class KilledDpoRunTest {
    private static final int KILLS = Trials.kills("align4j.dpo.kills", 1, 10);
    private static final String[] OPTIONS = {
        "--max-steps", "12", "--save-every", "1", "--lora-dropout", "0.1", "--eval-fraction", "0.1"
    };

    @TempDir
    Path folder;

    private static List<String> words(Path out, String... more) {
        return DpoRuns.dpo(out, AlignRuns.concat(OPTIONS, more));
    }

    private void assertSameAsUndisturbed(Path run, String... more) throws IOException {
        Path undisturbed = folder.resolve("undisturbed");
        AlignRuns.align(words(undisturbed, more));
        AlignRuns.assertSameToTheEnd(run, undisturbed);
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"", "--reference-sync-steps 2", "--method qlora"})
    void sigkillAtRandomMomentsThenResumeIsBitIdentical(String options) throws Exception {
        String[] more = options.isEmpty() ? new String[0] : options.split(" ");
        Random random = new Random(8);
        Path run = folder.resolve("run");
        ChildAlign.killAndResume(run, words(run, more), KILLS, () -> 3 + random.nextInt(6));
        assertSameAsUndisturbed(run, more);
    }

    /** Files may have 128 KiB only, as if the disk were full: the metrics meet it after some 300 steps, the kernels never. */
    @Tag("long")
    @Test
    void whereTheDiskTakesNoMoreTheLastCheckpointIsWhole() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/status")), "Linux only");
        Path run = folder.resolve("run");
        String[] tiny = {
            "--max-steps",
            "340",
            "--save-every",
            "25",
            "--batch-size",
            "1",
            "--lora-rank",
            "1",
            "--lora-targets",
            "q_proj"
        };
        ChildAlign child = ChildAlign.start("ulimit -f 256; ", DpoRuns.dpo(run, tiny));
        String log = child.readAll();
        assertThat(child.end()).as(log).isEqualTo(1);
        assertThat(log).contains("could not be written: File too large", "The last checkpoint is untouched");
        JsonNode result = AlignRuns.json(run.resolve("result.json"));
        assertThat(result.get("status").asText()).isEqualTo("failed");
        int step = result.get("step").asInt();
        assertThat(step).isBetween(50, 339);
        AlignRuns.align(List.of("resume", run.toString()));
        assertThat(AlignRuns.steps(run)).hasSize(340);
    }

    @Test
    void sigtermSavesTheLastStepAndExits() throws Exception {
        Path run = folder.resolve("run");
        ChildAlign.terminateAndResume(run, words(run));
        assertSameAsUndisturbed(run);
    }
}
