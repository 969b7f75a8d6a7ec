package org.align4j.ppo;

import java.util.List;
import java.util.Locale;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.align4j.ppo.PpoPlan.GroupPlan;
import org.align4j.ppo.RewardOptions.RewardNormalization;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.Cispo;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.Sapo;
import org.align4j.ppo.loss.Vespo;
import org.align4j.ppo.loss.Vespo.Weight;
import org.jspecify.annotations.Nullable;

/**
 * What the methods without a critic do: a group of options.
 *
 * @param groupLoss grpo's loss; null for grpo
 * @param ratio what probability ratios are taken over; null for the algorithm's
 * @param advantageScale what advantages are divided by; null for the algorithm's
 */
@Heading("Groups (algorithms grpo and rloo)")
record GroupOptions(
        @Option(help = "What grpo minimises; auto is grpo.", unset = "auto") @Nullable
        GroupLoss groupLoss,

        @Option(help = "Ratios of tokens or of whole responses (GSPO); auto is token, rloo sequence.", unset = "auto")
        @Nullable
        Ratio ratio,

        @Option(
                help =
                        "Divide advantages by the spread of the group or batch; auto is group, dr_grpo and rloo none; reward-normalization group: batch.",
                unset = "auto")
        @Nullable
        AdvantageScale advantageScale,

        SapoOptions sapo,
        VespoOptions vespo) {
    /**
     * How sapo's gate closes.
     *
     * @param sapoTemperaturePos sapo's τ of positive advantages; null for the usual
     * @param sapoTemperatureNeg sapo's τ of other advantages; null for the usual
     */
    record SapoOptions(
            @Option(
                    help =
                            "How sharply sapo's gate closes on good responses; a larger one holds ratios nearer to 1; auto is 1.",
                    unset = "auto")
            @Nullable
            Double sapoTemperaturePos,

            @Option(
                    help =
                            "How sharply sapo's gate closes on bad responses; a larger one holds ratios nearer to 1; auto is 1.05.",
                    unset = "auto")
            @Nullable
            Double sapoTemperatureNeg) {}

    /**
     * How vespo weighs responses by their ratio.
     *
     * @param vespoKPos vespo's k of advantages that aren't negative; null for the usual
     * @param vespoLambdaPos vespo's λ of advantages that aren't negative; null for the usual
     * @param vespoKNeg vespo's k of negative advantages; null for the usual
     * @param vespoLambdaNeg vespo's λ of negative advantages; null for the usual
     */
    record VespoOptions(
            @Option(
                    help =
                            "The power of the ratio in vespo's weight of good responses; a larger one weighs unlikely responses less; auto is 2.",
                    unset = "auto")
            @Nullable
            Double vespoKPos,

            @Option(
                    help =
                            "How fast vespo's weight of good responses falls with their ratio; a larger one moves less; auto is 3.",
                    unset = "auto")
            @Nullable
            Double vespoLambdaPos,

            @Option(
                    help =
                            "The power of the ratio in vespo's weight of bad responses; a larger one weighs unlikely responses less; auto is 3.",
                    unset = "auto")
            @Nullable
            Double vespoKNeg,

            @Option(
                    help =
                            "How fast vespo's weight of bad responses falls with their ratio; a larger one moves less; auto is 2.",
                    unset = "auto")
            @Nullable
            Double vespoLambdaNeg) {}

    /** What holds where nothing is said. */
    static final GroupOptions USUAL = of(null, null, null);

    /** Checks ranges. */
    public GroupOptions {
        Object unused = List.of(
                sapo(sapo.sapoTemperaturePos(), sapo.sapoTemperatureNeg()),
                vespo(vespo.vespoKPos(), vespo.vespoLambdaPos(), vespo.vespoKNeg(), vespo.vespoLambdaNeg()));
    }

    /** Returns the options that leave what sapo and vespo take at auto. */
    static GroupOptions of(
            @Nullable GroupLoss groupLoss, @Nullable Ratio ratio, @Nullable AdvantageScale advantageScale) {
        return new GroupOptions(
                groupLoss,
                ratio,
                advantageScale,
                new SapoOptions(null, null),
                new VespoOptions(null, null, null, null));
    }

    /** Losses of groups, as TRL names them: what of a token each minimises, and how it averages tokens. */
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

        /** Returns the surrogate loss of a token. */
        Surrogate surrogate(Clip clip, GroupPlan own) {
            return switch (this) {
                case GRPO, DR_GRPO, BNPO, DAPO, LUSPO -> clip;
                case CISPO -> new Cispo(clip.high());
                case SAPO -> own.sapo();
                case VESPO -> own.vespo();
            };
        }

        /** Returns how it averages the tokens of responses that have at most {@code longest} of them. */
        Averaging averaging(int longest) {
            return switch (this) {
                case GRPO, SAPO -> Averaging.RESPONSES;
                case DR_GRPO -> Averaging.longest(longest);
                case BNPO -> Averaging.TOKENS;
                case DAPO, CISPO, VESPO -> Averaging.STEP_TOKENS;
                case LUSPO -> Averaging.RESPONSE_SUMS;
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The units that probability ratios are taken over: tokens or sequences. */
    public enum Ratio {
        TOKEN,
        SEQUENCE
    }

    /** The standard deviations by which advantages are divided. */
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
    GroupPlan plan(Algorithm algorithm, RewardNormalization normalization) {
        GroupLoss loss = groupLoss == null ? GroupLoss.GRPO : groupLoss;
        boolean rloo = algorithm == Algorithm.RLOO;
        boolean plain = rloo || loss == GroupLoss.DR_GRPO;
        return new GroupPlan(
                loss,
                ratio == null ? (rloo ? Ratio.SEQUENCE : Ratio.TOKEN) : ratio,
                advantageScale == null ? usualScale(plain, normalization) : advantageScale,
                sapo(sapo.sapoTemperaturePos(), sapo.sapoTemperatureNeg()),
                vespo(vespo.vespoKPos(), vespo.vespoLambdaPos(), vespo.vespoKNeg(), vespo.vespoLambdaNeg()));
    }

    private static AdvantageScale usualScale(boolean plain, RewardNormalization normalization) {
        if (plain) {
            return AdvantageScale.NONE;
        }
        return normalization == RewardNormalization.GROUP ? AdvantageScale.BATCH : AdvantageScale.GROUP;
    }

    private static Sapo sapo(@Nullable Double positive, @Nullable Double negative) {
        return new Sapo(or(positive, Sapo.USUAL.positive()), or(negative, Sapo.USUAL.negative()));
    }

    private static Vespo vespo(
            @Nullable Double kPositive,
            @Nullable Double lambdaPositive,
            @Nullable Double kNegative,
            @Nullable Double lambdaNegative) {
        Weight positive = Vespo.USUAL.positive();
        Weight negative = Vespo.USUAL.negative();
        return new Vespo(
                new Weight(or(kPositive, positive.k()), or(lambdaPositive, positive.lambda())),
                new Weight(or(kNegative, negative.k()), or(lambdaNegative, negative.lambda())));
    }

    private static double or(@Nullable Double given, double usual) {
        return given == null ? usual : given;
    }
}
