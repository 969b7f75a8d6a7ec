package org.align4j.ppo;

import org.align4j.ppo.loss.AdvantageEstimation;
import org.align4j.ppo.loss.ValueLoss;

/**
 * PPO's critic and what it is for, every auto of {@link ValueOptions} settled.
 *
 * @param loss what it minimises
 * @param coefficient what its loss counts
 * @param learningRate its peak
 * @param warmupSteps first steps in which it learns alone
 * @param estimation how its values become advantages
 */
record ValuePlan(
        ValueLoss loss, double coefficient, double learningRate, int warmupSteps, AdvantageEstimation estimation) {

    /** Returns this plan as options: what config.yaml holds. */
    ValueOptions options() {
        return new ValueOptions(
                loss.range(), coefficient, learningRate, warmupSteps, estimation.gamma(), estimation.lambda());
    }
}
