package org.align4j.ppo.train;

import org.align4j.core.run.StepMetrics;
import org.jspecify.annotations.Nullable;

/**
 * What the critic said of a step's tokens, and what it should have said.
 *
 * @param old {@code [B][T]} its values before the step
 * @param returns {@code [B][T]}
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
record ValueTargets(double[][] old, double[][] returns) {

    /** Returns what the critic's values of a step are compared with; null without a critic. */
    static @Nullable ValueTargets of(Compared compared, Credit credit) {
        double[][] values = compared.values();
        Credit.OfCritic critic = credit.critic();
        return values == null || critic == null ? null : new ValueTargets(values, critic.returns());
    }

    /** How much of the returns' variance the values explain. */
    StepMetrics explained() {
        return StepMetrics.EMPTY.with("value/explained_variance", StepReport.explainedVariance(returns, old));
    }
}
