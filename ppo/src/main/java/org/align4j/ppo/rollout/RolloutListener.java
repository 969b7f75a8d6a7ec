package org.align4j.ppo.rollout;

import java.util.List;

/**
 * Hears of the answers that each step learns from, on the thread that trains. What it throws ends the training and leaves policy and
 * critic as they were before the step.
 */
@FunctionalInterface
public interface RolloutListener {
    /** Hears nothing. */
    RolloutListener NONE = (klCoefficient, rollouts) -> {};

    /**
     * A step has learnt from its answers.
     *
     * @param klCoefficient what a nat of divergence cost in this step
     * @param rollouts every answer of the step
     */
    void learnt(double klCoefficient, List<RolloutTrace> rollouts);
}
