package org.align4j.ppo.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.Cispo;
import org.align4j.ppo.loss.Clip;
import org.align4j.ppo.loss.OnlineDpo;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.RatioLevel;
import org.align4j.ppo.loss.ReferencePenalty;
import org.align4j.ppo.loss.Rollouts;
import org.align4j.ppo.loss.Surrogate;
import org.align4j.ppo.options.Algorithm;
import org.align4j.ppo.options.GroupOptions.GroupLoss;
import org.align4j.ppo.options.GroupOptions.Ratio;
import org.align4j.ppo.options.PpoOptions;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Layout;
import org.jspecify.annotations.Nullable;

/** What the policy minimises on a step's rollouts: a part of a mini-batch at a time, whose shares add up. */
interface PolicyObjective {
    /**
     * A part's share of the mini-batch's loss.
     *
     * @param logProbs {@code [n][T]} of the part's responses under the policy now
     * @param totals of the mini-batch
     */
    PolicyResult share(Layout.Packed part, double[][] logProbs, Averaging.Totals totals);

    /** Tokens of the part that a clip holds. */
    long clipped(Layout.Packed part, PolicyResult result);

    /** {@code [P][units][n]} responses that must be in one forward, prompt by prompt; fewer than there are where some aren't used. */
    static List<List<int[]>> units(PpoOptions options, Experience experience) {
        List<List<int[]>> units = new ArrayList<>();
        for (int p = 0; p < experience.prompts(); p++) {
            List<int[]> own = new ArrayList<>();
            for (int g = 0; g < experience.samples(); g++) {
                own.add(new int[] {p * experience.samples() + g});
            }
            units.add(options.algorithm() == Algorithm.ONLINE_DPO ? pair(experience, p) : own);
        }
        return units;
    }

    /** The best response to a prompt and the worst; nothing where all are as good. */
    private static List<int[]> pair(Experience experience, int prompt) {
        int best = prompt * experience.samples();
        int worst = best;
        for (int i = best; i < (prompt + 1) * experience.samples(); i++) {
            best = experience.scores()[i] > experience.scores()[best] ? i : best;
            worst = experience.scores()[i] < experience.scores()[worst] ? i : worst;
        }
        return experience.scores()[best] > experience.scores()[worst] ? List.of(new int[] {best, worst}) : List.of();
    }

    /**
     * Builds the objective of one optimizer step from its rollouts.
     *
     * @param klCoefficient what a nat of divergence costs in it
     * @param stepTotals of all its responses, over its mini-batches
     */
    static PolicyObjective of(
            PpoOptions options, Compared compared, Credit credit, double klCoefficient, Averaging.Totals stepTotals) {
        if (options.algorithm() == Algorithm.ONLINE_DPO) {
            return new Pairs(new OnlineDpo(klCoefficient), compared);
        }
        GroupLoss loss = options.groups().loss();
        boolean group = options.algorithm() == Algorithm.GRPO;
        boolean cispo = group && loss == GroupLoss.CISPO;
        Clip clip = options.improvement().clip();
        Surrogate surrogate = cispo ? new Cispo(options.improvement().highest(true)) : clip;
        ReferencePenalty penalty = group ? new ReferencePenalty(klCoefficient, false) : ReferencePenalty.NONE;
        PolicyLoss policyLoss = new PolicyLoss(level(options), surrogate, penalty, averaging(options));
        boolean overStep = group && (cispo || loss == GroupLoss.DAPO);
        return new Surrogates(policyLoss, cispo ? null : clip, compared, credit, overStep ? stepTotals : null);
    }

    private static RatioLevel level(PpoOptions options) {
        if (options.groups().ratio(options.algorithm()) == Ratio.TOKEN) {
            return RatioLevel.TOKEN;
        }
        return options.algorithm() == Algorithm.RLOO ? RatioLevel.SEQUENCE_SUM : RatioLevel.SEQUENCE_MEAN;
    }

    private static Averaging averaging(PpoOptions options) {
        return switch (options.algorithm()) {
            case PPO, ONLINE_DPO -> Averaging.TOKENS;
            case RLOO -> Averaging.RESPONSES;
            case GRPO ->
                switch (options.groups().loss()) {
                    case GRPO -> Averaging.RESPONSES;
                    case DR_GRPO -> Averaging.longest(options.rollouts().maxNewTokens());
                    case BNPO, DAPO, CISPO -> Averaging.TOKENS;
                };
        };
    }

    /**
     * Ratios, advantages and clips.
     *
     * @param clip that clipped tokens are counted by; null: those whose weight is at its bound
     * @param totals what is divided by instead of the mini-batch's own; null for its own
     */
    record Surrogates(
            PolicyLoss loss, @Nullable Clip clip, Compared compared, Credit credit, Averaging.@Nullable Totals totals)
            implements PolicyObjective {
        @Override
        public PolicyResult share(Layout.Packed part, double[][] logProbs, Averaging.Totals own) {
            return loss.evaluate(rollouts(part, logProbs), totals == null ? own : totals);
        }

        @Override
        public long clipped(Layout.Packed part, PolicyResult result) {
            if (clip != null) {
                return result.clippedTokens(rollouts(part, part.of(compared.policy())), clip);
            }
            double bound = ((Cispo) loss.surrogate()).high();
            return Arrays.stream(result.ratios())
                    .flatMapToDouble(Arrays::stream)
                    .filter(ratio -> ratio > bound)
                    .count();
        }

        private Rollouts rollouts(Layout.Packed part, double[][] logProbs) {
            return new Rollouts(
                    logProbs, part.of(compared.policy()), part.of(credit.advantages()), part.of(compared.reference()));
        }
    }

    /** The best response of a prompt against its worst. */
    record Pairs(OnlineDpo loss, Compared compared) implements PolicyObjective {
        @Override
        public PolicyResult share(Layout.Packed part, double[][] logProbs, Averaging.Totals totals) {
            return loss.evaluate(
                    logProbs, part.of(compared.policy()), part.of(compared.reference()), totals.responses() / 2);
        }

        @Override
        public long clipped(Layout.Packed part, PolicyResult result) {
            return 0;
        }
    }
}
