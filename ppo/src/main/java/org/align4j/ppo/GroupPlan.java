package org.align4j.ppo;

import org.align4j.ppo.loss.Sapo;
import org.align4j.ppo.loss.Vespo;
import org.align4j.ppo.GroupOptions.AdvantageScale;
import org.align4j.ppo.GroupOptions.GroupLoss;
import org.align4j.ppo.GroupOptions.Ratio;

/**
 * What the methods without a critic do, every auto of {@link GroupOptions} settled.
 *
 * @param loss grpo's loss
 * @param ratio what probability ratios are taken over
 * @param scale what advantages are divided by
 * @param sapo what sapo minimises; any other loss leaves it at its usual
 * @param vespo what vespo minimises; any other loss leaves it at its usual
 */
record GroupPlan(GroupLoss loss, Ratio ratio, AdvantageScale scale, Sapo sapo, Vespo vespo) {

    /** Returns this plan as options, what config.yaml holds; what an algorithm has no use for stays unset. */
    GroupOptions options(Algorithm algorithm) {
        return switch (algorithm) {
            case PPO, ONLINE_DPO -> GroupOptions.USUAL;
            case RLOO -> GroupOptions.of(null, ratio, scale);
            case GRPO -> ofLoss();
        };
    }

    private GroupOptions ofLoss() {
        boolean gated = loss == GroupLoss.SAPO;
        boolean weighed = loss == GroupLoss.VESPO;
        return new GroupOptions(
                loss,
                ratio,
                scale,
                gated ? sapo.positive() : null,
                gated ? sapo.negative() : null,
                weighed ? vespo.positive().k() : null,
                weighed ? vespo.positive().lambda() : null,
                weighed ? vespo.negative().k() : null,
                weighed ? vespo.negative().lambda() : null);
    }
}
