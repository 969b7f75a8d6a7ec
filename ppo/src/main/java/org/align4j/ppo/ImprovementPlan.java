package org.align4j.ppo;

import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.ImprovementOptions.KlName;
import org.jspecify.annotations.Nullable;

/**
 * How rollouts move the policy, every auto of {@link ImprovementOptions} settled.
 *
 * @param klCoefficient what a nat of divergence from the reference costs at the start; online-dpo's beta
 * @param klTarget what the coefficient is steered to; null: it stays
 * @param klEstimator how a token's divergence is estimated
 * @param clip the clipped surrogate; cispo takes its upper end alone, as the largest weight
 * @param entropyCoefficient what a nat of entropy is worth
 * @param epochs passes over a step's rollouts
 * @param miniBatches optimizer steps in one pass
 * @param earlyStopKl the estimated divergence from the policy that made the rollouts, nats a token, beyond which a step's
 *     further passes are left out; null for none
 */
record ImprovementPlan(
        double klCoefficient,
        @Nullable KlTarget klTarget,
        KlName klEstimator,
        Clip clip,
        double entropyCoefficient,
        int epochs,
        int miniBatches,
        @Nullable Double earlyStopKl) {

    /**
     * The divergence to which the coefficient is steered.
     *
     * @param nats of a response
     * @param horizon rollouts that a correction is spread over
     */
    public record KlTarget(double nats, double horizon) {}

    /** Returns this plan as options: what config.yaml holds. */
    ImprovementOptions options() {
        return new ImprovementOptions(
                klCoefficient,
                klTarget == null ? null : klTarget.nats(),
                klTarget == null ? null : klTarget.horizon(),
                klEstimator,
                clip.low(),
                clip.high(),
                clip.dualClip().isPresent() ? clip.dualClip().getAsDouble() : null,
                entropyCoefficient,
                epochs,
                miniBatches,
                earlyStopKl);
    }
}
