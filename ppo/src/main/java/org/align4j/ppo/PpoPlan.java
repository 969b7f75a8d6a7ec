package org.align4j.ppo;

import org.align4j.core.session.options.RecipePlan;
import org.align4j.core.session.options.ReferenceChoice;
import org.align4j.ppo.EnvironmentOptions.EnvironmentPlan;
import org.align4j.ppo.GroupOptions.AdvantageScale;
import org.align4j.ppo.GroupOptions.GroupLoss;
import org.align4j.ppo.GroupOptions.Ratio;
import org.align4j.ppo.ImprovementOptions.KlName;
import org.align4j.ppo.loss.AdvantageEstimation;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.OnlineDpo;
import org.align4j.ppo.loss.PolicyLoss;
import org.align4j.ppo.loss.PolicyLoss.Clip;
import org.align4j.ppo.loss.PolicyLoss.RatioLevel;
import org.align4j.ppo.loss.PolicyLoss.ReferencePenalty;
import org.align4j.ppo.loss.PolicyLoss.Surrogate;
import org.align4j.ppo.loss.RolloutLoss;
import org.align4j.ppo.loss.Sapo;
import org.align4j.ppo.loss.SequenceMask;
import org.align4j.ppo.loss.ValueLoss;
import org.align4j.ppo.loss.Vespo;
import org.jspecify.annotations.Nullable;

/**
 * What a run of PPO or its kin does, every auto of {@link PpoOptions} settled.
 *
 * @param recipe what every training command has; a step has as many rows as it answers prompts
 * @param algorithm how rollouts become a better policy
 * @param reference what the policy is compared with
 * @param rewards what responses are scored by
 * @param rollouts how responses are made
 * @param learning how the policy learns from rollouts, and when it stops
 * @param environment what answers the policy between its turns; null: a response is one turn
 */
record PpoPlan(
        RecipePlan recipe,
        Algorithm algorithm,
        ReferenceChoice reference,
        RewardOptions rewards,
        RolloutPlan rollouts,
        LearningPlan learning,
        @Nullable EnvironmentPlan environment) {
    /**
     * How the policy learns from rollouts, and when it stops.
     *
     * @param improvement how they move the policy
     * @param value the critic, for ppo alone
     * @param groups what the methods without a critic do
     * @param selection which responses and tokens are learnt from
     * @param stopRules when the run has gone too far
     */
    record LearningPlan(
            ImprovementPlan improvement,
            ValuePlan value,
            GroupPlan groups,
            SelectionOptions selection,
            StopRules stopRules) {}

    /** Returns this plan with other names of the same rewards. */
    public PpoPlan with(RewardOptions named) {
        return new PpoPlan(recipe, algorithm, reference, named, rollouts, learning, environment);
    }

    /** Counts the tokens that a response may have, those of an environment too. */
    int longestResponse() {
        return environment == null ? rollouts.drawing().maxNewTokens() : environment.maxEpisodeTokens();
    }

    /** Counts the tokens that the policy may draw for a response. */
    private int mostDrawn() {
        int ofTurn = rollouts.drawing().maxNewTokens();
        return environment == null
                ? ofTurn
                : (int) Math.min(environment.maxEpisodeTokens(), (long) ofTurn * environment.maxTurns());
    }

    /** Returns what the policy minimises while a nat of divergence costs {@code klCoefficient}. */
    RolloutLoss loss(double klCoefficient) {
        Clip clip = learning.improvement().clip();
        ReferencePenalty none = ReferencePenalty.NONE;
        return switch (algorithm) {
            case PPO -> new PolicyLoss(learning.groups().level(RatioLevel.SEQUENCE_MEAN), clip, none, Averaging.TOKENS);
            case RLOO ->
                new PolicyLoss(learning.groups().level(RatioLevel.SEQUENCE_SUM), clip, none, Averaging.RESPONSES);
            case GRPO ->
                new PolicyLoss(
                        learning.groups().level(RatioLevel.SEQUENCE_MEAN),
                        selected(learning.groups().loss.surrogate(clip, learning.groups())),
                        new ReferencePenalty(klCoefficient, false),
                        learning.groups().loss.averaging(mostDrawn()));
            case ONLINE_DPO -> new OnlineDpo(klCoefficient);
        };
    }

    private Surrogate selected(Surrogate surrogate) {
        Double most = learning.selection().maxSequenceKl();
        return most == null ? surrogate : new SequenceMask(surrogate, most);
    }

    /** Returns this plan as options, what config.yaml holds; what an algorithm has no use for stays unset. */
    public PpoOptions options() {
        return new PpoOptions(
                recipe.options(),
                algorithm,
                new ReferenceOptions(reference),
                rewards,
                rollouts.options(),
                new PpoOptions.LearningOptions(
                        learning.improvement().options(),
                        algorithm == Algorithm.PPO ? learning.value().options() : ValueOptions.USUAL,
                        learning.groups().options(algorithm),
                        learning.selection(),
                        learning.stopRules()),
                environment == null ? EnvironmentOptions.NONE : environment.options());
    }

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

        /** Returns what ratios are taken over, given what those of whole responses are. */
        RatioLevel level(RatioLevel sequence) {
            return ratio == Ratio.TOKEN ? RatioLevel.TOKEN : sequence;
        }

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
                    new GroupOptions.SapoOptions(gated ? sapo.positive() : null, gated ? sapo.negative() : null),
                    new GroupOptions.VespoOptions(
                            weighed ? vespo.positive().k() : null,
                            weighed ? vespo.positive().lambda() : null,
                            weighed ? vespo.negative().k() : null,
                            weighed ? vespo.negative().lambda() : null));
        }
    }

    /**
     * How rollouts move the policy, every auto of {@link ImprovementOptions} settled.
     *
     * @param kl what divergence from the reference costs
     * @param clip the clipped surrogate; cispo takes its upper end alone, as the largest weight
     * @param entropyCoefficient what a nat of entropy is worth
     * @param epochs passes over a step's rollouts
     * @param miniBatches optimizer steps in one pass
     * @param earlyStopKl the estimated divergence from the policy that made the rollouts, nats per token, beyond which a step's
     *     further passes are left out; null for none
     */
    record ImprovementPlan(
            KlPlan kl,
            Clip clip,
            double entropyCoefficient,
            int epochs,
            int miniBatches,
            @Nullable Double earlyStopKl) {
        /**
         * What divergence from the reference costs.
         *
         * @param klCoefficient what a nat of divergence from the reference costs at the start; online-dpo's beta
         * @param klTarget what the coefficient is steered to; null: it stays
         * @param klEstimator how a token's divergence is estimated
         */
        record KlPlan(double klCoefficient, @Nullable KlTarget klTarget, KlName klEstimator) {}

        /**
         * The divergence to which the coefficient is steered.
         *
         * @param nats of a response
         * @param horizon rollouts that a correction is spread over
         */
        public record KlTarget(double nats, double horizon) {}

        /** Returns this plan as options: what config.yaml holds. */
        ImprovementOptions options() {
            return new ImprovementOptions(
                    new ImprovementOptions.KlOptions(
                            kl.klCoefficient(),
                            kl.klTarget() == null ? null : kl.klTarget().nats(),
                            kl.klTarget() == null ? null : kl.klTarget().horizon(),
                            kl.klEstimator()),
                    new ImprovementOptions.ClipOptions(
                            clip.low(),
                            clip.high(),
                            clip.dualClip().isPresent() ? clip.dualClip().getAsDouble() : null),
                    entropyCoefficient,
                    epochs,
                    miniBatches,
                    earlyStopKl);
        }
    }

    /**
     * How responses are made, every auto of {@link RolloutOptions} settled.
     *
     * @param responses in one step of the run
     * @param samples responses to each prompt
     * @param generationBatch responses made together; 0: a waiting one takes the place of one that ended
     * @param drawing how each is drawn
     */
    record RolloutPlan(int responses, int samples, int generationBatch, DrawingOptions drawing) {

        /** Returns the prompts that a step answers, each {@link #samples} times. */
        public int prompts() {
            return responses / samples;
        }

        /** Returns this plan as options: what config.yaml holds. */
        RolloutOptions options() {
            return new RolloutOptions(responses, samples, generationBatch, drawing);
        }
    }

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
}
