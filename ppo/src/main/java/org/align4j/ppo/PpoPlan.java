package org.align4j.ppo;

import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.ReferenceChoice;

/**
 * What a run of PPO or its kin does, every auto of {@link PpoOptions} settled.
 *
 * @param recipe what every training command has; a step has as many rows as it answers prompts
 * @param algorithm how rollouts become a better policy
 * @param reference what the policy is compared with
 * @param rewards what responses are scored by
 * @param rollouts how responses are made
 * @param improvement how they move the policy
 * @param value the critic, for ppo alone
 * @param groups what the methods without a critic do
 * @param stopRules when the run has gone too far
 */
record PpoPlan(
        RecipePlan recipe,
        Algorithm algorithm,
        ReferenceChoice reference,
        RewardOptions rewards,
        RolloutPlan rollouts,
        ImprovementPlan improvement,
        ValuePlan value,
        GroupPlan groups,
        StopRules stopRules) {

    /** Returns this plan with other names of the same rewards. */
    public PpoPlan with(RewardOptions named) {
        return new PpoPlan(recipe, algorithm, reference, named, rollouts, improvement, value, groups, stopRules);
    }

    /** Returns this plan as options, what config.yaml holds; what an algorithm has no use for stays unset. */
    public PpoOptions options() {
        return new PpoOptions(
                recipe.options(),
                algorithm,
                new ReferenceOptions(reference),
                rewards,
                rollouts.options(),
                improvement.options(),
                algorithm == Algorithm.PPO ? value.options() : ValueOptions.USUAL,
                groups.options(algorithm),
                stopRules);
    }
}
