package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.files.Trials;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reward run in processes of its own, killed at random moments and resumed: head, adapter and scores as if nothing had been. */
class KilledRewardRunTest {
    private static final int KILLS = Trials.kills("align4j.reward.kills", 1, 10);
    private static final String[] OPTIONS = {
        "--max-steps",
        "8",
        "--save-every",
        "1",
        "--lora-dropout",
        "0.1",
        "--eval-fraction",
        "0.2",
        "--centering",
        "0.01"
    };
    private static final Path TRACES = Path.of("src", "test", "resources", "reference", "traces");
    private static final String[] STEPS = {
        "--model",
        TRACES.resolve("models").resolve("prm-a").toString(),
        "--data",
        TRACES.resolve("prm_full_short_last_batch").resolve("data.jsonl").toString(),
        "--centering",
        "0"
    };

    @TempDir
    private Path folder;

    private static List<String> words(Path out, String... more) {
        return RewardRuns.reward(out, AlignRuns.concat(OPTIONS, more));
    }

    private void assertSameAsUndisturbed(Path run, String... more) throws IOException {
        Path undisturbed = folder.resolve("undisturbed");
        AlignRuns.align(words(undisturbed, more));
        AlignRuns.assertSameToTheEnd(run, undisturbed);
        assertThat(run.resolve("model").resolve("score_normalization.json")).exists();
    }

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"lora", "full", "steps"})
    void sigkillAtRandomMomentsThenResumeIsBitIdentical(String method) throws Exception {
        String[] more = switch (method) {
            case "full" -> new String[] {"--method", "full", "--lora-dropout", "0"};
            case "steps" -> STEPS;
            default -> new String[] {"--method", "lora"};
        };
        Random random = new Random(9);
        Path run = folder.resolve("run");
        ChildAlign.killAndResume(run, words(run, more), KILLS, () -> 3 + random.nextInt(4));
        assertSameAsUndisturbed(run, more);
    }

    @Test
    void sigtermSavesTheLastStepAndExits() throws Exception {
        Path run = folder.resolve("run");
        ChildAlign.terminateAndResume(run, words(run));
        assertSameAsUndisturbed(run);
    }
}
