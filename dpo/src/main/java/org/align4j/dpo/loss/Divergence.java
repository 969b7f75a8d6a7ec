package org.align4j.dpo.loss;

import org.align4j.core.autodiff.Var;

/**
 * How a log-ratio u = log π(y) − log π_ref(y) becomes a score (f-DPO, Wang et al. 2023, with TRL 1.16's constants). The
 * constants cancel in a plain difference of two scores, but not where each is divided by its own length.
 */
@FunctionalInterface
public interface Divergence {
    /** Plain DPO: u. */
    Divergence REVERSE_KL = u -> u;

    /** {@code 1 - e^-u}. */
    Divergence FORWARD_KL = u -> u.negate().expMinusOne().negate();

    /** Jensen-Shannon: {@code log 2 + log σ(u)}. */
    Divergence JENSEN_SHANNON = u -> u.logSigmoid().plus(Math.log(2));

    /** The largest exponent that the alpha divergence takes. */
    double LARGEST_EXPONENT = 80;

    /** {@code (e^((α-1)u) - 1) / (α-1)}, the exponent at most 80; u itself at α = 1. */
    static Divergence alpha(double coefficient) {
        double power = coefficient - 1;
        if (Math.abs(power) < 1e-6) {
            return REVERSE_KL;
        }
        return u -> u.times(power)
                .clamp(Double.NEGATIVE_INFINITY, LARGEST_EXPONENT)
                .expMinusOne()
                .over(power);
    }

    /** The scores of log-ratios, {@code [B]}. */
    Var score(Var logRatios);
}
