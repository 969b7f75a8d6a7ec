package org.align4j.reward;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The scores of one row of a bench: of answers that are right and of answers that are wrong.
 *
 * @param subset the part of the bench that the row belongs to
 * @param id the row's name, which says of RewardBench 2's ties which rows belong together; null where it has none
 * @param prompt equal for rows of one prompt
 * @param chosen the right answers, at least one
 * @param rejected the wrong ones, at least one
 * @param pair whether the row is one answer against another, of which equal scores get nothing, rather than lists of answers, of
 *     which equal scores share
 */
record BenchItem(String subset, @Nullable String id, long prompt, Side chosen, Side rejected, boolean pair) {

    /**
     * Holds the scores and lengths of one side's answers.
     *
     * @param scores what the model says of each
     * @param lengths tokens of each
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    public record Side(double[] scores, double[] lengths) {
        public Side {
            if (scores.length == 0 || scores.length != lengths.length) {
                throw new IllegalArgumentException(scores.length + " scores but " + lengths.length
                        + " lengths; a side of a row needs one each, and at least one answer.");
            }
        }
    }

    /** Returns how much of the row the model has right: 1, 0, or its share where the highest score is no answer's alone. */
    public double credit() {
        return credit(chosen.scores, rejected.scores);
    }

    /** Returns how much of the row is right for somebody who takes the longest answer. */
    public double lengthCredit() {
        return credit(chosen.lengths, rejected.lengths);
    }

    private double credit(double[] right, double[] wrong) {
        double best = Arrays.stream(right).max().orElseThrow();
        double bestWrong = Arrays.stream(wrong).max().orElseThrow();
        if (best != bestWrong) {
            return best > bestWrong ? 1 : 0;
        }
        double equal = Arrays.stream(right).filter(score -> score == best).count();
        double others = Arrays.stream(wrong).filter(score -> score == best).count();
        return pair ? 0 : equal / (equal + others);
    }
}
