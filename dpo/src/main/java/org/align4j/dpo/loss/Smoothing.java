package org.align4j.dpo.loss;

import org.align4j.core.autodiff.Var;

/** The logistic loss of margins whose labels may be wrong. */
public final class Smoothing {
    private Smoothing() {}

    /** {@code -(1-ε) log σ(z) - ε log σ(-z)}. */
    public static Var smoothed(Var margins, double labelSmoothing) {
        Var right = margins.logSigmoid().times(-(1 - labelSmoothing));
        return labelSmoothing == 0
                ? right
                : right.minus(margins.negate().logSigmoid().times(labelSmoothing));
    }
}
