package org.align4j.ppo;

import java.io.Serializable;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.align4j.ppo.rollout.Layout;

/**
 * What a step's tokens are judged by beside their log-probabilities now, {@code [B][T]} each.
 *
 * @param old log-probabilities under the policy that made them
 * @param reference under the reference
 * @param advantages what the loss weighs the tokens by
 * @param klCoefficient what a nat of divergence costs in the step
 * @param stepTotals of all its responses, over its mini-batches
 */
@SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
record PolicyTargets(
        double[][] old, double[][] reference, double[][] advantages, double klCoefficient, Averaging.Totals stepTotals)
        implements Serializable {

    /** Returns those of one forward's responses. */
    public PolicyTargets of(Layout.Packed part) {
        return new PolicyTargets(part.of(old), part.of(reference), part.of(advantages), klCoefficient, stepTotals);
    }

    /** Returns them beside the log-probabilities of their tokens now. */
    Rollouts beside(double[][] logProbs) {
        return new Rollouts(logProbs, old, advantages, reference);
    }
}
