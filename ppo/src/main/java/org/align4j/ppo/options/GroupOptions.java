package org.align4j.ppo.options;

import java.util.Locale;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * What the methods without a critic do: a group of options.
 *
 * @param groupLoss grpo's loss; null for grpo
 * @param ratio what probability ratios are taken over; null for the algorithm's
 * @param advantageScale what advantages are divided by; null for the algorithm's
 */
@Heading("Groups (algorithms grpo and rloo)")
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
        CISPO,
        /** The mean over responses of the sums over their tokens; meant for ratios of whole responses. */
        LUSPO,
        /** A soft gate instead of a clip (Gao et al. 2025), averaged as in grpo. */
        SAPO,
        /** A smooth weight of the whole response's ratio instead of a clip, averaged as in dapo. */
        VESPO;

        /** Whether clip-range bounds its ratios. */
        public boolean clips() {
            return this != CISPO && this != SAPO && this != VESPO;
        }

        /** Whether its sum is divided by the step's mean number of tokens in a mini-batch. */
        public boolean isOverStep() {
            return this == DAPO || this == CISPO || this == VESPO;
        }

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

    /** Whether grpo's loss is cispo. */
    boolean isCispo() {
        return groupLoss == GroupLoss.CISPO;
    }

    /** Settles what is still auto. */
    GroupPlan plan(Algorithm algorithm) {
        GroupLoss loss = groupLoss == null ? GroupLoss.GRPO : groupLoss;
        boolean rloo = algorithm == Algorithm.RLOO;
        boolean plain = rloo || loss == GroupLoss.DR_GRPO;
        return new GroupPlan(
                loss,
                ratio == null ? (rloo ? Ratio.SEQUENCE : Ratio.TOKEN) : ratio,
                advantageScale == null ? (plain ? AdvantageScale.NONE : AdvantageScale.GROUP) : advantageScale);
    }
}
