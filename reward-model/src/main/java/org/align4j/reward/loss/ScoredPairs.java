package org.align4j.reward.loss;

import org.align4j.core.error.InputException;

/**
 * Scores of a batch of B pairs, or of a part of one.
 *
 * @param chosen {@code [B]} scores of the chosen responses
 * @param rejected {@code [B]} scores of the rejected ones
 * @param margin {@code [B]} by how much the chosen score should be larger; zeros where the data say nothing
 */
@SuppressWarnings("ArrayRecordComponent")
public record ScoredPairs(double[] chosen, double[] rejected, double[] margin) {
    public ScoredPairs {
        if (chosen.length != rejected.length || chosen.length != margin.length || chosen.length == 0) {
            throw new InputException(
                    "A batch has %d chosen scores, %d rejected scores and %d margins; it needs as many of each, and at least one."
                            .formatted(chosen.length, rejected.length, margin.length));
        }
    }

    /** Scores of pairs without margins. */
    public static ScoredPairs of(double[] chosen, double[] rejected) {
        return new ScoredPairs(chosen, rejected, new double[chosen.length]);
    }

    /** How many pairs. */
    public int size() {
        return chosen.length;
    }

    /** The share of pairs whose chosen score is strictly larger: a tie counts as wrong. */
    public double accuracy() {
        int right = 0;
        for (int i = 0; i < chosen.length; i++) {
            right += chosen[i] > rejected[i] ? 1 : 0;
        }
        return (double) right / chosen.length;
    }
}
