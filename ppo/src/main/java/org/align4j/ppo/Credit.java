package org.align4j.ppo;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.ppo.Critic.ValueTargets;
import org.align4j.ppo.EnvironmentOptions.CreditScope;
import org.align4j.ppo.GroupOptions.AdvantageScale;
import org.align4j.ppo.ImprovementOptions.KlName;
import org.align4j.ppo.PpoForwards.Compared;
import org.align4j.ppo.PpoForwards.PolicyTargets;
import org.align4j.ppo.RewardOptions.RewardNormalization;
import org.align4j.ppo.loss.AdvantageEstimation;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.GroupBaseline;
import org.align4j.ppo.loss.GroupBaseline.Moments;
import org.align4j.ppo.loss.KlEstimator;
import org.align4j.ppo.loss.TokenMasks;
import org.align4j.ppo.loss.TokenRewards;
import org.align4j.ppo.loss.TurnCredit;
import org.align4j.ppo.rollout.Experience;
import org.jspecify.annotations.Nullable;

/**
 * What each token is given for its part in a response's score.
 *
 * @param kl divergence of the responses from the reference
 * @param advantages {@code [B][T]}
 * @param critic what a critic made of it; null without one
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
record Credit(
        Divergences kl, double[][] advantages, @Nullable OfCritic critic) {
    /**
     * Holds the token rewards, and the returns that the critic learns.
     *
     * @param rewards {@code [B][T]} the tokens' rewards
     * @param returns {@code [B][T]} what the critic should have said
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    record OfCritic(double[][] rewards, double[][] returns) {}

    /** Returns what the policy is trained on. */
    PolicyTargets policyTargets(
            Compared compared, @Nullable TokenMasks masks, double klCoefficient, Averaging.Totals stepTotals) {
        return new PolicyTargets(compared.policy(), compared.reference(), advantages, masks, klCoefficient, stepTotals);
    }

    /** Returns what the critic's values of a step are compared with; null without a critic. */
    @Nullable
    ValueTargets valueTargets(Compared compared) {
        double[][] values = compared.values();
        return values == null || critic == null ? null : new ValueTargets(values, critic.returns());
    }

    static Credit of(PpoPlan plan, Experience experience, Compared compared, double klCoefficient) {
        Divergences kl = Divergences.of(plan, compared);
        return plan.algorithm() == Algorithm.PPO
                ? byCritic(plan, experience, compared, kl, klCoefficient)
                : new Credit(kl, byGroup(plan, experience, kl.estimated(), klCoefficient), null);
    }

    private static Credit byCritic(
            PpoPlan plan, Experience experience, Compared compared, Divergences kl, double klCoefficient) {
        double[][] values = compared.values();
        if (values == null) {
            throw new IllegalStateException("PPO has a critic.");
        }
        // No position after the last token: the score counts at the token that ended the response.
        boolean[] nothingAfter = new boolean[experience.size()];
        double[][] divergences = Divergences.ofTokens(kl.estimator(), compared);
        double[][] rewards = byTurns(plan)
                ? TokenRewards.ofTurns(divergences, experience.turnRewards(), experience.turnLengths(), klCoefficient)
                : TokenRewards.of(divergences, experience.scores(), nothingAfter, klCoefficient);
        if (plan.rewards().shaping().whitenRewards()) {
            rewards = Moments.whitenKeepingMean(rewards);
        }
        AdvantageEstimation estimation = plan.learning().value().estimation();
        double[][] advantages = estimation.advantages(rewards, values);
        return new Credit(
                kl, Moments.whiten(advantages), new OfCritic(rewards, AdvantageEstimation.returns(advantages, values)));
    }

    private static double[][] byGroup(PpoPlan plan, Experience experience, double[] kl, double klCoefficient) {
        Algorithm algorithm = plan.algorithm();
        if (algorithm == Algorithm.ONLINE_DPO) {
            return GroupBaseline.perToken(new double[experience.size()], experience.lengths());
        }
        if (byTurns(plan)) {
            return TurnCredit.perToken(
                    baseline(false, plan.learning().groups().scale()),
                    experience.turnRewards(),
                    experience.turnLengths(),
                    experience.samples());
        }
        boolean rloo = algorithm == Algorithm.RLOO;
        double[] scores = rloo
                ? IntStream.range(0, kl.length)
                        .mapToDouble(i -> experience.scores()[i] - klCoefficient * kl[i])
                        .toArray()
                : experience.scores();
        double[][] grouped = plan.rewards().sources().rewardNormalization() == RewardNormalization.GROUP
                ? normalisedSums(plan, experience)
                : experience.grouped(scores);
        double[][] advantages = baseline(rloo, plan.learning().groups().scale()).advantages(grouped);
        double[] flat =
                Arrays.stream(advantages).flatMapToDouble(Arrays::stream).toArray();
        return GroupBaseline.perToken(flat, experience.lengths());
    }

    private static boolean byTurns(PpoPlan plan) {
        return plan.environment() != null && plan.environment().credit() == CreditScope.TURN;
    }

    private static double[][] normalisedSums(PpoPlan plan, Experience experience) {
        double[][][] rewards = Arrays.stream(experience.rewards().each())
                .map(experience::grouped)
                .toArray(double[][][]::new);
        return GroupBaseline.normalisedSums(rewards, plan.rewards().weights());
    }

    private static GroupBaseline baseline(boolean rloo, AdvantageScale scale) {
        return switch (scale) {
            case GROUP -> GroupBaseline.GROUP_SCALED;
            case BATCH -> rloo ? GroupBaseline.LEAVE_ONE_OUT_NORMALISED : GroupBaseline.BATCH_SCALED;
            case NONE -> rloo ? GroupBaseline.LEAVE_ONE_OUT : GroupBaseline.UNSCALED;
        };
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
            KlName estimator = plan.learning().improvement().kl().klEstimator();
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
