package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import org.align4j.core.error.RunException;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.TokenScores;
import org.align4j.core.train.StepPlan;
import org.align4j.dpo.loss.Responses;

/**
 * That policy and reference are one function before the first step.
 *
 * @param expected whether they are
 * @param stays whether the reference never moves, so that its scores may be kept
 * @param dtype that products are computed in
 * @param cached whether scores are kept on disk
 */
record EqualStart(boolean expected, boolean stays, Dtype dtype, boolean cached) {
    /** How far forwards of one model may lie apart that differ in size, in the mean of many tokens, nats. */
    private static final double ROUNDING_BF16 = 0.1;

    private static final double ROUNDING_FP32 = 1e-3;

    /** Tokens that are allowed for besides, since a few tokens have no mean yet. */
    private static final int ROUNDING_TOKENS = 10;

    /**
     * The scores that a step is judged with: the kept ones; before the first step, where policy and reference are one
     * function, those of the very forwards of the step, because a forward of another size may round otherwise. The kept ones
     * must then be the same but for rounding.
     *
     * @param model the reference, scored now
     * @param inputRow the number by which users know a place's row
     */
    ReferenceScores scores(
            StepPlan plan, ReferenceScores kept, Function<PackedBatch, TokenScores> model, IntUnaryOperator inputRow) {
        if (plan.step() != 1 || !expected || !stays) {
            return kept;
        }
        ReferenceScores now = ReferenceScores.online(model);
        return (places, packed) -> {
            double[][][] scores = now.of(places, packed);
            double[][][] before = kept.of(places, packed);
            for (int i = 0; i < places.length; i++) {
                requireClose(inputRow.applyAsInt(places[i]), before[i], scores[i]);
            }
            return scores;
        };
    }

    private void requireClose(int inputRow, double[][] kept, double[][] now) {
        double rounding = dtype == Dtype.F32 ? ROUNDING_FP32 : ROUNDING_BF16;
        for (int a = 0; a < now.length; a++) {
            double difference = 0;
            for (int t = 0; t < now[a].length; t++) {
                difference += Math.abs(now[a][t] - kept[a][t]);
            }
            double allowed = rounding * (now[a].length + ROUNDING_TOKENS);
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

    /**
     * Where policy and reference are one function at the start, every log-ratio of step 1 is exactly 0.
     *
     * @param inputRow the number by which users know a response's row
     */
    void require(StepPlan plan, IntUnaryOperator inputRow, Responses responses) {
        if (plan.step() != 1 || !expected) {
            return;
        }
        for (int i = 0; i < responses.size(); i++) {
            if (!Arrays.equals(responses.policy()[i], responses.reference()[i])) {
                throw new RunException("Row " + inputRow.applyAsInt(i)
                        + " has another log-probability under the policy than under the reference before the first step,"
                        + " though they are the same model. Nothing was trained." + remedy());
            }
        }
    }
}
