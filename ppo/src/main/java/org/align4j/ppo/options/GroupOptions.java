package org.align4j.ppo.options;

import java.util.Locale;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * What the methods without a critic do: a group of options.
 *
 * @param groupLoss grpo's loss; null for grpo
 * @param ratio what probability ratios are taken over; null for the algorithm's
 * @param advantageScale what advantages are divided by; null for the algorithm's
 */
public record GroupOptions(
        @Option(help = "What grpo minimises; auto is grpo.", unset = "auto") @Nullable
        GroupLoss groupLoss,

        @Option(help = "Ratios of tokens or of whole responses (GSPO); auto is token, rloo sequence.", unset = "auto")
        @Nullable
        Ratio ratio,

        @Option(
                help = "Divide advantages by the spread of the group or batch; auto is group, dr_grpo and rloo none.",
                unset = "auto")
        @Nullable
        AdvantageScale advantageScale) {

    /** What holds where nothing is said. */
    static final GroupOptions USUAL = new GroupOptions(null, null, null);

    /** Losses of groups, as TRL names them. */
    public enum GroupLoss {
        /** The mean over responses of the means over their tokens. */
        GRPO,
        /** The sum over tokens, divided by what responses of the largest length would have (Liu et al. 2025). */
        DR_GRPO,
        /** The mean over the tokens of the mini-batch. */
        BNPO,
        /** The sum over tokens, divided by the step's mean number in a mini-batch (Yu et al. 2025). */
        DAPO,
        /** Bounded weights instead of a clip (MiniMax 2025), averaged as in dapo. */
        CISPO;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What ratios are taken over. */
    public enum Ratio {
        TOKEN,
        SEQUENCE
    }

    /** What advantages are divided by. */
    public enum AdvantageScale {
        GROUP,
        BATCH,
        NONE
    }

    /** grpo's loss. */
    public GroupLoss loss() {
        return groupLoss == null ? GroupLoss.GRPO : groupLoss;
    }

    /** Whether grpo's loss is cispo. */
    boolean isCispo() {
        return groupLoss == GroupLoss.CISPO;
    }

    /** What ratios are taken over. */
    public Ratio ratio(Algorithm algorithm) {
        return ratio == null ? (algorithm == Algorithm.RLOO ? Ratio.SEQUENCE : Ratio.TOKEN) : ratio;
    }

    /** What advantages are divided by. */
    public AdvantageScale scale(Algorithm algorithm) {
        boolean plain = algorithm == Algorithm.RLOO || loss() == GroupLoss.DR_GRPO;
        return advantageScale == null ? (plain ? AdvantageScale.NONE : AdvantageScale.GROUP) : advantageScale;
    }

    /** Returns these options with every auto settled; what an algorithm has no use for stays unset. */
    GroupOptions resolved(Algorithm algorithm) {
        return switch (algorithm) {
            case PPO, ONLINE_DPO -> this;
            case RLOO -> new GroupOptions(null, ratio(algorithm), scale(algorithm));
            case GRPO -> new GroupOptions(loss(), ratio(algorithm), scale(algorithm));
        };
    }
}
