package org.align4j.ppo.report;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.report.ReportFiles;
import org.jspecify.annotations.Nullable;

/**
 * What a policy that learns from scores answered to a few held-out prompts at one time: an entry of {@code answers.json}.
 *
 * @param step optimizer steps done, 0 before the first
 * @param answers one a prompt, the same prompts in every round
 */
public record AnswerRound(int step, List<Scored> answers) {
    private static final String FILE_NAME = "answers.json";

    public AnswerRound {
        answers = List.copyOf(answers);
    }

    /**
     * An answer.
     *
     * @param row the prompt's row in the input, 0-based
     * @param prompt as a person reads it
     * @param answer its text
     * @param score what the reward says of it
     * @param logProb its log-probability under the policy that drew it, nats; null in runs of earlier versions
     * @param referenceLogProb under the reference
     */
    public record Scored(
            int row,
            String prompt,
            String answer,
            double score,
            @Nullable Double logProb,
            @Nullable Double referenceLogProb) {}

    /** Reads a run's rounds of answers by step, none when no file is there. */
    public static List<AnswerRound> read(Path run) throws IOException {
        return new ReportFiles(run)
                .read(FILE_NAME, new TypeReference<List<AnswerRound>>() {})
                .orElse(List.of());
    }

    /** Adds this round to a run's answers; later ones, which a resumed run gives anew, go. */
    public void addTo(Path run) throws IOException {
        List<AnswerRound> rounds = new ArrayList<>(read(run));
        rounds.removeIf(other -> other.step() >= step);
        rounds.add(this);
        new ReportFiles(run).write(FILE_NAME, rounds);
    }
}
