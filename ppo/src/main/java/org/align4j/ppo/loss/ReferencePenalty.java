package org.align4j.ppo.loss;

import org.align4j.core.autodiff.Var;

/**
 * GRPO's KL term within the loss: {@code coefficient (e^q - q - 1)}, q = log π_ref − log π.
 *
 * @param coefficient what a nat of divergence costs; 0 for none
 * @param timesRatio whether it is multiplied by the ratio, which makes its gradient unbiased off-policy (TRL's default
 *     from 1.16 on)
 */
public record ReferencePenalty(double coefficient, boolean timesRatio) {
    /** No KL term. */
    public static final ReferencePenalty NONE = new ReferencePenalty(0, false);

    Var of(TokenTerms tokens) {
        Var q = tokens.reference().minus(tokens.policy());
        Var divergence = q.expMinusOne().minus(q);
        return (timesRatio ? divergence.times(tokens.ratio()) : divergence).times(coefficient);
    }
}
