package org.align4j.ppo.loss;

import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.PolicyResult.Rollouts;

/** What the policy minimises on a step's rollouts, as a value: a pure function of log-probabilities, without a model. */
public interface RolloutLoss {
    /** Computes the share of {@code part} in the loss and the gradients of the batch whose totals are given. */
    PolicyResult evaluate(Rollouts part, Averaging.Totals totals);

    /** Counts the tokens of a part whose ratio a clip holds, from what {@link #evaluate} made of it. */
    default ClippedTokens clipped(Rollouts part, PolicyResult result) {
        return ClippedTokens.NONE;
    }

    /** Whether its totals are those of the step's mini-batches on average, not of each mini-batch. */
    default boolean isOverStep() {
        return false;
    }
}
