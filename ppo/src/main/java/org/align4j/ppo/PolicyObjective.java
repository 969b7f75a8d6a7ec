package org.align4j.ppo;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.ppo.GroupOptions.GroupLoss;
import org.align4j.ppo.GroupOptions.Ratio;
import org.align4j.ppo.ImprovementOptions.KlName;
import org.align4j.ppo.PpoPlan.GroupPlan;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.Cispo;
import org.align4j.ppo.loss.KlEstimator;
import org.align4j.ppo.loss.OnlineDpo;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.align4j.ppo.loss.Surrogate;
import org.align4j.ppo.rollout.Experience;
import org.align4j.ppo.rollout.Layout;
import org.jspecify.annotations.Nullable;

/** What the policy minimises on a step's rollouts: a forward of a mini-batch at a time, whose shares add up. */
interface PolicyObjective {
    /**
     * A forward's share of the mini-batch's loss.
     *
     * @param targets of the forward's responses
     * @param logProbs {@code [n][T]} under the policy now
     * @param totals of the mini-batch
     */
    PolicyResult share(PolicyTargets targets, double[][] logProbs, Averaging.Totals totals);

    /** Tokens of the forward that a clip holds. */
    ClippedTokens clipped(PolicyTargets targets, PolicyResult result);

    /** {@code [P][units][n]} responses that must be in one forward, prompt by prompt; fewer than there are where some aren't used. */
    static List<List<int[]>> units(PpoPlan plan, Experience experience) {
        List<List<int[]>> units = new ArrayList<>();
        for (int p = 0; p < experience.prompts(); p++) {
            List<int[]> own = new ArrayList<>();
            for (int g = 0; g < experience.samples(); g++) {
                own.add(new int[] {p * experience.samples() + g});
            }
            units.add(plan.algorithm() == Algorithm.ONLINE_DPO ? pair(experience, p) : own);
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
     * Makes the objective of a step.
     *
     * @param klCoefficient what a nat of divergence costs in it
     */
    static PolicyObjective of(PpoPlan plan, double klCoefficient) {
        if (plan.algorithm() == Algorithm.ONLINE_DPO) {
            return new Pairs(new OnlineDpo(klCoefficient));
        }
        GroupLoss loss = plan.groups().loss();
        boolean group = plan.algorithm() == Algorithm.GRPO;
        Clip clip = plan.improvement().clip();
        Surrogate surrogate = group ? surrogate(plan.groups(), clip) : clip;
        ReferencePenalty penalty = group ? new ReferencePenalty(klCoefficient, false) : ReferencePenalty.NONE;
        PolicyLoss policyLoss = new PolicyLoss(level(plan), surrogate, penalty, averaging(plan));
        return new Surrogates(policyLoss, surrogate.equals(clip) ? clip : null, group && loss.isOverStep());
    }

    private static Surrogate surrogate(GroupPlan groups, Clip clip) {
        return switch (groups.loss()) {
            case GRPO, DR_GRPO, BNPO, DAPO, LUSPO -> clip;
            case CISPO -> new Cispo(clip.high());
            case SAPO -> groups.sapo();
            case VESPO -> groups.vespo();
        };
    }

    private static RatioLevel level(PpoPlan plan) {
        if (plan.groups().ratio() == Ratio.TOKEN) {
            return RatioLevel.TOKEN;
        }
        return plan.algorithm() == Algorithm.RLOO ? RatioLevel.SEQUENCE_SUM : RatioLevel.SEQUENCE_MEAN;
    }

    private static Averaging averaging(PpoPlan plan) {
        return switch (plan.algorithm()) {
            case PPO, ONLINE_DPO -> Averaging.TOKENS;
            case RLOO -> Averaging.RESPONSES;
            case GRPO ->
                switch (plan.groups().loss()) {
                    case GRPO, SAPO -> Averaging.RESPONSES;
                    case LUSPO -> Averaging.RESPONSE_SUMS;
                    case DR_GRPO -> Averaging.longest(plan.rollouts().drawing().maxNewTokens());
                    case BNPO, DAPO, CISPO, VESPO -> Averaging.TOKENS;
                };
        };
    }

    /**
     * Ratios, advantages and clips.
     *
     * @param clip that clipped tokens are counted by; null where the loss has none: those whose weight is at its bound
     * @param overStep whether is divided by the totals of the step, not of the mini-batch
     */
    record Surrogates(PolicyLoss loss, @Nullable Clip clip, boolean overStep) implements PolicyObjective {
        @Override
        public PolicyResult share(PolicyTargets targets, double[][] logProbs, Averaging.Totals totals) {
            return loss.evaluate(targets.beside(logProbs), overStep ? targets.stepTotals() : totals);
        }

        @Override
        public ClippedTokens clipped(PolicyTargets targets, PolicyResult result) {
            if (clip != null) {
                return result.clippedTokens(targets.beside(targets.old()), clip);
            }
            if (!(loss.surrogate() instanceof Cispo cispo)) {
                return ClippedTokens.NONE;
            }
            long high = Arrays.stream(result.ratios())
                    .flatMapToDouble(Arrays::stream)
                    .filter(ratio -> ratio > cispo.high())
                    .count();
            return new ClippedTokens(0, high);
        }
    }

    /** The best response of a prompt against its worst. */
    record Pairs(OnlineDpo loss) implements PolicyObjective {
        @Override
        public PolicyResult share(PolicyTargets targets, double[][] logProbs, Averaging.Totals totals) {
            return loss.evaluate(logProbs, targets.old(), targets.reference(), totals.responses() / 2);
        }

        @Override
        public ClippedTokens clipped(PolicyTargets targets, PolicyResult result) {
            return ClippedTokens.NONE;
        }
    }

    /**
     * What a step's tokens are judged by beside their log-probabilities now, {@code [B][T]} each.
     *
     * @param old log-probabilities under the policy that made them
     * @param reference under the reference
     * @param advantages what the loss weighs the tokens by
     * @param klCoefficient what a nat of divergence costs in the step
     * @param stepTotals of all its responses, over its mini-batches
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record PolicyTargets(
            double[][] old,
            double[][] reference,
            double[][] advantages,
            double klCoefficient,
            Averaging.Totals stepTotals)
            implements Serializable {

        /** Returns those of one forward's responses. */
        public PolicyTargets of(Layout.Packed part) {
            return new PolicyTargets(part.of(old), part.of(reference), part.of(advantages), klCoefficient, stepTotals);
        }

        /** Returns them beside the log-probabilities of their tokens now. */
        Rollouts beside(double[][] logProbs) {
            return new Rollouts(logProbs, old, advantages, reference);
        }
    }

    /**
     * How far responses are from the reference, in nats, summed over their tokens; a token's log-ratio beyond ±10 counts as that.
     *
     * @param k1 {@code [B]} the mean log-ratio's estimate, unbiased, what is reported and limited whatever the method
     * @param estimated {@code [B]} the estimate by which the method penalises
     * @param estimator whose estimate that is
     * @param known whether there is a reference; else all are 0
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    record Divergences(double[] k1, double[] estimated, KlName estimator, boolean known) {
        private static final double LARGEST_LOG_RATIO = 10;

        static Divergences of(PpoPlan plan, Compared compared) {
            KlName estimator = plan.improvement().klEstimator();
            return new Divergences(
                    sums(ofTokens(KlName.K1, compared)),
                    sums(ofTokens(estimator, compared)),
                    estimator,
                    !plan.reference().is(ReferenceChoice.Kind.NONE));
        }

        /** {@code [B][T]} an estimator's values of the tokens. */
        static double[][] ofTokens(KlName name, Compared compared) {
            KlEstimator estimator = name.estimator();
            KlEstimator bounded = x -> estimator.of(Math.max(-LARGEST_LOG_RATIO, Math.min(LARGEST_LOG_RATIO, x)));
            return bounded.of(compared.policy(), compared.reference());
        }

        private static double[] sums(double[][] tokens) {
            return Arrays.stream(tokens)
                    .mapToDouble(row -> Arrays.stream(row).sum())
                    .toArray();
        }
    }
}
