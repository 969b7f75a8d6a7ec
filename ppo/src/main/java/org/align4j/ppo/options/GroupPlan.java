package org.align4j.ppo.options;

import org.align4j.ppo.options.GroupOptions.AdvantageScale;
import org.align4j.ppo.options.GroupOptions.GroupLoss;
import org.align4j.ppo.options.GroupOptions.Ratio;

/**
 * What the methods without a critic do, every auto of {@link GroupOptions} settled.
 *
 * @param loss grpo's loss
 * @param ratio what probability ratios are taken over
 * @param scale what advantages are divided by
 */
public record GroupPlan(GroupLoss loss, Ratio ratio, AdvantageScale scale) {

    /** Returns this plan as options, what config.yaml holds; what an algorithm has no use for stays unset. */
    GroupOptions options(Algorithm algorithm) {
        return switch (algorithm) {
            case PPO, ONLINE_DPO -> GroupOptions.USUAL;
            case RLOO -> new GroupOptions(null, ratio, scale);
            case GRPO -> new GroupOptions(loss, ratio, scale);
        };
    }
}
