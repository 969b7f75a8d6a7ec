package org.align4j.reward.report;

import java.util.List;

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
}
