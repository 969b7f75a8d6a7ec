package org.align4j.core.autodiff;

import java.util.Arrays;

/** The logistic function and its relatives, without overflow or cancellation at either end. */
public final class Logistic {
    private static final double LN_2 = Math.log(2);

    private Logistic() {}

    /** {@code 1 / (1 + e^-x)}. */
    public static double sigmoid(double x) {
        if (x >= 0) {
            return 1 / (1 + Math.exp(-x));
        }
        double e = Math.exp(x);
        return e / (1 + e);
    }

    /** {@code log(1 / (1 + e^-x))}; {@code x} itself for very negative {@code x}. */
    public static double logSigmoid(double x) {
        return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** {@code log(1 - e^x)} for {@code x < 0}; negative infinity at 0. */
    public static double logOneMinusExp(double x) {
        return x > -LN_2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
    }

    /**
     * The logistic loss of margins a share ε of whose signs may be wrong: {@code -(1-ε) log σ(z) - ε log σ(-z)}.
     *
     * @param margins {@code [B]} z
     * @param labelSmoothing ε
     */
    public static Var loss(Var margins, double labelSmoothing) {
        Var right = margins.logSigmoid().times(-(1 - labelSmoothing));
        return labelSmoothing == 0
                ? right
                : right.minus(margins.negate().logSigmoid().times(labelSmoothing));
    }

    /**
     * Returns the logistic loss of margins whose label smoothing differs from margin to margin.
     *
     * @param margins {@code [B]} z
     * @param labelSmoothing {@code [B]} ε; ½ where neither side is better
     */
    public static Var loss(Var margins, double[] labelSmoothing) {
        double[] right = Arrays.stream(labelSmoothing).map(e -> -(1 - e)).toArray();
        return margins.logSigmoid()
                .times(right)
                .minus(margins.negate().logSigmoid().times(labelSmoothing));
    }
}
