package org.align4j.ppo;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.ppo.PpoPlan.ValuePlan;
import org.align4j.ppo.loss.AdvantageEstimation;
import org.align4j.ppo.loss.ValueLoss;
import org.jspecify.annotations.Nullable;

/**
 * PPO's critic and what it is for: a group of options.
 *
 * @param valueClipRange how far a value may move from the one the rollout was made with, with profit
 * @param valueCoefficient what its loss counts
 * @param valueLearningRate its peak learning rate; null for the policy's
 * @param valueWarmupSteps first steps in which it learns alone
 * @param gamma the discount
 * @param gaeLambda from one-step differences (0) to whole returns (1)
 */
@Heading("Critic (algorithm ppo)")
record ValueOptions(
        @Option(
                help =
                        "How far a value may move in one step before its gradient is clipped; a larger one lets the critic learn faster.",
                defaultValue = "0.2")
        double valueClipRange,

        @Option(
                help = "The weight of the value loss; a larger one makes the critic's part of the gradient larger.",
                defaultValue = "0.1")
        double valueCoefficient,

        @Option(
                help =
                        "The critic's peak learning rate; a larger one learns faster and may diverge; auto is the policy's.",
                unset = "auto")
        @Nullable
        Double valueLearningRate,

        @Option(
                help =
                        "First steps in which the critic learns alone; more give the policy better advantages and a later start.",
                defaultValue = "0")
        int valueWarmupSteps,

        @Option(
                help =
                        "The discount of later rewards; a smaller one counts the end of an answer less for its first tokens, 1 counts it in full.",
                defaultValue = "1")
        double gamma,

        @Option(
                help =
                        "Advantages from one-step differences (0) to whole returns (1); a larger one trusts the critic less and varies more.",
                defaultValue = "0.95")
        double gaeLambda) {

    /** What holds where nothing is said. */
    static final ValueOptions USUAL = new ValueOptions(0.2, 0.1, null, 0, 1, 0.95);

    /** Checks ranges. */
    public ValueOptions {
        var unused = new ValueLoss(valueClipRange);
        if (!(valueCoefficient > 0 && Double.isFinite(valueCoefficient))) {
            throw new InputException(
                    format("value-coefficient is %s but must be positive; 0.1 is usual.", valueCoefficient));
        }
        if (valueLearningRate != null && !(valueLearningRate > 0 && Double.isFinite(valueLearningRate))) {
            throw new InputException(format(
                    "value-learning-rate is %s but must be positive; 1e-5 to 1e-3 is usual.", valueLearningRate));
        }
        if (valueWarmupSteps < 0) {
            throw new InputException(format("value-warmup-steps is %d but must be 0 or more.", valueWarmupSteps));
        }
        if (!(gamma >= 0 && gamma <= 1) || !(gaeLambda >= 0 && gaeLambda <= 1)) {
            throw new InputException(format(
                    "gamma is %s and gae-lambda is %s but both must be from 0 to 1; 1 and 0.95 are usual.",
                    gamma, gaeLambda));
        }
    }

    /**
     * Settles the critic's learning rate.
     *
     * @param policyRate the policy's
     */
    ValuePlan plan(double policyRate) {
        return new ValuePlan(
                new ValueLoss(valueClipRange),
                valueCoefficient,
                valueLearningRate == null ? policyRate : valueLearningRate,
                valueWarmupSteps,
                new AdvantageEstimation(gamma, gaeLambda));
    }
}
