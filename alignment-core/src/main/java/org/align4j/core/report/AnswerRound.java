package org.align4j.core.report;

import java.util.List;

/**
 * What a policy that learns from scores answered to a few held-out prompts at one time: an entry of {@code answers.json}.
 *
 * @param step optimizer steps done, 0 before the first
 * @param answers one a prompt, the same prompts in every round
 */
public record AnswerRound(int step, List<Scored> answers) {
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
     */
    public record Scored(int row, String prompt, String answer, double score) {}
}
