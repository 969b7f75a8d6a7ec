package org.align4j.dpo.loss;

import org.align4j.core.autodiff.Var;

/**
 * Implicit rewards of the pairs of a batch.
 *
 * @param chosen {@code [B]}
 * @param rejected {@code [B]}
 */
@SuppressWarnings("ArrayRecordComponent")
public record Rewards(double[] chosen, double[] rejected) {
    /** The values of two vectors. */
    public static Rewards of(Var chosen, Var rejected) {
        return new Rewards(chosen.values().clone(), rejected.values().clone());
    }

    /** The share of pairs whose chosen reward is strictly larger: a tie counts as wrong. */
    public double accuracy() {
        int right = 0;
        for (int i = 0; i < chosen.length; i++) {
            right += chosen[i] > rejected[i] ? 1 : 0;
        }
        return (double) right / chosen.length;
    }
}
