package org.align4j.ppo;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.cli.train.AlignRuns;
import org.align4j.core.cli.train.GoldenLosses;
import org.align4j.core.cli.train.LongRuns;
import org.align4j.core.cli.train.SoakedRun;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of 40 steps, 2 or 3 an epoch, the last of them short: golden losses, and stops that change nothing. */
class LongPpoRunTest {
    private static final String[] USUAL = {
        "--max-steps",
        "" + LongRuns.STEPS,
        "--keep",
        "99",
        "--rollouts-per-step",
        "5",
        "--max-new-tokens",
        "4",
        "--threads",
        "1"
    };
    private static final String[] PPO = AlignRuns.concat(
            USUAL,
            "--rollouts-per-step",
            "8",
            "--mini-batches",
            "2",
            "--kl-target",
            "0.3",
            "--kl-horizon",
            "50",
            "--ppo-epochs",
            "1");
    private static final String[] GRPO = AlignRuns.concat(
            USUAL,
            "--rollouts-per-step",
            "10",
            "--samples-per-prompt",
            "2",
            "--algorithm",
            "grpo",
            "--ppo-epochs",
            "1");

    @TempDir
    private Path folder;

    @Tag("long")
    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo"})
    void itsLossesAreGoldenAndStopsChangeNothing(String algorithm) throws IOException {
        PpoRuns words = new PpoRuns(folder);
        String[] options = algorithm.equals("grpo") ? GRPO : PPO;
        LongRuns runs = new LongRuns(folder, out -> words.words(String.valueOf(out.getFileName()), options));
        GoldenLosses.check(runs.undisturbed(), algorithm);
        runs.stopAndResume("ppo.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ppo", "grpo"})
    @EnabledIfSystemProperty(named = "align4j.soak", matches = "true")
    void nothingGrows(String algorithm) throws Exception {
        PpoRuns words = new PpoRuns(folder);
        String[] own = algorithm.equals("grpo")
                ? new String[] {"--algorithm", "grpo", "--samples-per-prompt", "4"}
                : new String[] {"--ppo-epochs", "1"};
        SoakedRun.check(algorithm, words.at("run"), words.words("run", SoakedRun.options(own)));
    }
}
