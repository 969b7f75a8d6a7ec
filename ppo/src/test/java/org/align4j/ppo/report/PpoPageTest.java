package org.align4j.ppo.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.report.RunPages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of runs of {@code align ppo}. */
class PpoPageTest {
    @TempDir
    Path folder;

    @Test
    void captionsAreTrueOfOwnAnswers() throws IOException {
        String ppo = "{\"step\":1,\"loss\":0.1,\"objective/kl\":0}\n{\"step\":2,\"loss\":0.2,\"objective/kl\":1}";
        assertThat(RunPages.notes(RunPages.run(folder, "ppo", ppo, "")))
                .anyMatch(note -> note.startsWith("Loss: Policy loss and weighted value loss. It needn't fall"))
                .anyMatch(note -> note.contains("k1"))
                .noneMatch(note -> note.contains("overfitting"));
    }

    /** Without rows of an evaluation before and after, nothing is better: a rising score decides nothing. */
    @Test
    void aRisingScoreAloneIsNotPraised() throws IOException {
        StringBuilder scores = new StringBuilder();
        for (int step = 1; step <= 20; step++) {
            scores.append("{\"step\":" + step + ",\"objective/scores\":" + 0.1 * step + "}\n");
        }
        assertThat(RunPages.verdict(RunPages.run(folder, "ppo", scores.toString(), "")))
                .contains(
                        "unclear",
                        "The mean score of the answers it was trained on went from 0.3000 in the first 5 steps to 1.800 in the last 5 (means).");
    }
}
