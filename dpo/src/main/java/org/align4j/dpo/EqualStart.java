package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.pack.RowLayout;
import org.align4j.dpo.loss.BatchScores;
import org.align4j.dpo.loss.RowScores;
import org.jspecify.annotations.Nullable;

/**
 * The reference's scores in a first step in which policy and reference are one function: every log-ratio must be exactly 0. They
 * are those of the very forwards of the step, because a forward of another size may round otherwise; the kept ones must be the
 * same but for rounding.
 *
 * @param kept the scores that later steps are judged with
 * @param anew whether the step's own forwards score the reference; else {@code kept} is that already
 * @param dtype that products are computed in
 * @param cached whether scores are kept on disk
 */
record EqualStart(ReferenceScores kept, boolean anew, Dtype dtype, boolean cached) implements ReferenceScores {
    /** How far forwards of one model may lie apart that differ in size, in the mean of many tokens, nats. */
    private static final double ROUNDING_BF16 = 0.1;

    private static final double ROUNDING_FP32 = 1e-3;

    /** Tokens that are allowed for besides, since a few tokens have no mean yet. */
    private static final int ROUNDING_TOKENS = 10;

    @Override
    public double @Nullable [][][] known(PreferenceRows rows, RowLayout.Packed packed) {
        return anew ? null : kept.known(rows, packed);
    }

    @Override
    public void saw(RowForward forward, BatchScores scores) {
        double[][][] before = anew ? kept.known(forward.rows(), forward.packed()) : null;
        for (int i = 0; i < scores.size(); i++) {
            RowScores row = scores.rows().get(i);
            int number = forward.rows().get(i).number();
            if (before != null) {
                requireClose(number, before[i], row.reference());
            }
            if (!Arrays.deepEquals(row.policy(), row.reference())) {
                throw new RunException("Row " + number
                        + " has another log-probability under the policy than under the reference before the first step,"
                        + " though they are the same model. Nothing was trained." + remedy());
            }
        }
    }

    private void requireClose(int inputRow, double[][] before, double[][] scores) {
        double rounding = dtype == Dtype.F32 ? ROUNDING_FP32 : ROUNDING_BF16;
        for (int a = 0; a < scores.length; a++) {
            double difference = 0;
            for (int t = 0; t < scores[a].length; t++) {
                difference += Math.abs(scores[a][t] - before[a][t]);
            }
            double allowed = rounding * (scores[a].length + ROUNDING_TOKENS);
            if (!(difference <= allowed)) {
                throw new RunException(format(
                        "The reference's log-probabilities of row %d, computed before the run, differ by %.3g nats in all from those of the same model now, more than rounding does (%.3g). Nothing was trained.%s",
                        inputRow, difference, allowed, remedy()));
            }
        }
    }

    private String remedy() {
        return cached ? " Delete the cache folder (ALIGN4J_CACHE) and try again." : "";
    }
}
