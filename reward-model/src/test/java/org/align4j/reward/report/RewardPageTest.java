package org.align4j.reward.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.report.RunPages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of runs of {@code align reward}. */
class RewardPageTest {
    @TempDir
    Path folder;

    @Test
    void captionsAreTrueOfScores() throws IOException {
        String reward = "{\"step\":1,\"loss\":0.7,\"mean_reward\":0.1,\"margin\":0.1}\n"
                + "{\"step\":2,\"loss\":0.6,\"mean_reward\":0.2,\"margin\":0.2}";
        assertThat(RunPages.notes(RunPages.run(folder, "reward", reward, "")))
                .contains("Scores: Scores of the answers; only differences between them mean something.")
                .noneMatch(note -> note.contains("log-ratio"));
    }

    /** Without rows of an evaluation before and after, nothing is better. */
    @Test
    void nothingIsPraisedWithoutTwoEvaluations() throws IOException {
        Path run = RunPages.run(folder, "reward", "{\"step\":9,\"eval_accuracy\":0.9}", "");
        assertThat(RunPages.verdict(run))
                .contains("<h1 class=\"unclear\">Unclear: the evaluation before the first step wasn&#39;t kept");
    }
}
