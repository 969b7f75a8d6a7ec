package org.align4j.reward.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code scores.json}: what a finished reward run makes of its held-out pairs, ties left out.
 *
 * @param longerIsBetter what the length-only baseline learned from the training pairs
 * @param baselinePairs training pairs that the linear baseline learned from
 * @param ties held-out ties, which are not among the pairs
 * @param pairs in the order of the input
 */
public record JudgedPairs(boolean longerIsBetter, int baselinePairs, int ties, List<JudgedPair> pairs) {
    /** The name of the file in a run's directory. */
    public static final String FILE_NAME = "scores.json";

    public JudgedPairs {
        pairs = List.copyOf(pairs);
    }

    /**
     * One held-out pair as a reward model and its baselines score it. Part of {@code scores.json}.
     *
     * @param row the row's number in the input, 0-based
     * @param prompt equal for pairs of one prompt
     * @param chosen raw score of the chosen response
     * @param rejected raw score of the other
     * @param chosenTokens tokens of the chosen response
     * @param rejectedTokens tokens of the other
     * @param baseline difference of the linear model's scores
     * @param text the pair as a person reads it, null for most
     */
    public record JudgedPair(
            int row,
            int prompt,
            double chosen,
            double rejected,
            int chosenTokens,
            int rejectedTokens,
            double baseline,
            @Nullable Text text) {

        /** Prompt and responses in words. */
        public record Text(String prompt, String chosen, String rejected) {}

        /** Returns by how much the chosen response scores higher. */
        public double margin() {
            return chosen - rejected;
        }

        /** Returns by how many tokens the chosen response is longer. */
        public int lengthDifference() {
            return chosenTokens - rejectedTokens;
        }
    }
}
