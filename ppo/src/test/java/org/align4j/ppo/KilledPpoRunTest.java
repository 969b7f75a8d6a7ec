package org.align4j.ppo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.files.Trials;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A PPO run in processes of its own, killed at random moments and resumed: policy, critic, both Adams, the steered KL
 * coefficient and the order of prompts go on as if nothing had been. {@code -Dalign4j.ppo.kills=20} kills more often.
 */
class KilledPpoRunTest {
    private static final int KILLS = Trials.kills("align4j.ppo.kills", 1, 20);
    private static final String[] OPTIONS = {
        "--max-steps",
        "8",
        "--save-every",
        "1",
        "--eval-fraction",
        "0.2",
        "--kl-target",
        "0.3",
        "--kl-horizon",
        "50",
        "--max-length-ratio",
        "50"
    };

    @TempDir
    Path folder;

    @Tag("long")
    @Test
    void sigkillAtRandomMomentsThenResumeIsBitIdentical() throws Exception {
        PpoRuns runs = new PpoRuns(folder);
        Random random = new Random(8);
        Path run = runs.at("run");
        ChildAlign.killAndResume(run, runs.words("run", OPTIONS), KILLS, () -> 3 + random.nextInt(3));
        AlignRuns.align(runs.words("undisturbed", OPTIONS));
        AlignRuns.assertSameToTheEnd(run, runs.at("undisturbed"), "ppo.json");
        assertThat(run.resolve("checkpoints").resolve("step-000008"))
                .isDirectoryRecursivelyContaining("glob:**ppo.json");
    }
}
