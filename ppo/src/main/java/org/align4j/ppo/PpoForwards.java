package org.align4j.ppo;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.Generator.PromptBatch;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.policy.Pass;
import org.align4j.core.policy.Pass.TokenGradients;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Round;
import org.align4j.core.policy.ScoreReader.ScorePass;
import org.align4j.core.session.TrainingSession;
import org.align4j.ppo.Critic.ValueTargets;
import org.align4j.ppo.loss.Averaging;
import org.align4j.ppo.loss.PolicyResult;
import org.align4j.ppo.loss.PolicyResult.ClippedTokens;
import org.align4j.ppo.loss.PolicyResult.Rollouts;
import org.align4j.ppo.loss.RolloutLoss;
import org.align4j.ppo.loss.TokenMasks;
import org.align4j.ppo.loss.ValueLoss.ValueResult;
import org.align4j.ppo.rollout.Layout;
import org.align4j.ppo.rollout.RewardScorer;
import org.jspecify.annotations.Nullable;

/**
 * Answers for single forwards of a step's phases, wherever they are taken.
 *
 * @param critic null for a method without one
 * @param reference what the policy is compared with; null: nothing
 * @param judge knows the rewards that are models
 * @param budget tokens in one forward of a reward
 */
record PpoForwards(
        PpoPlan plan,
        Policy policy,
        @Nullable Critic critic,
        @Nullable Reference reference,
        Generator generator,
        RewardScorer judge,
        TokenBudget budget) {

    /** Makes those of a session, whose policy and reference have the rollouts' temperature from now on. */
    public static PpoForwards of(
            TrainingSession<?> session,
            PpoPlan plan,
            @Nullable Critic critic,
            @Nullable Reference reference,
            RewardScorer judge) {
        Policy policy = session.policy();
        policy.setTemperature(plan.rollouts().drawing().temperature());
        if (reference != null) {
            reference.setTemperature(plan.rollouts().drawing().temperature());
        }
        return new PpoForwards(plan, policy, critic, reference, session.generator(), judge, session.budget());
    }

    /**
     * Responses that a reward is asked for.
     *
     * @param reward its place among the rewards
     * @param tokens in one forward
     */
    public record RewardRequest(int reward, List<Completion> responses, int tokens) implements Serializable {}

    /** A forward whose tokens are compared; {@code valued} by the critic too. */
    public record ComparisonRequest(Layout.Packed forward, boolean valued) implements Serializable {}

    /**
     * What is said of a forward's tokens, in their order.
     *
     * @param reference the policy's own where there is none
     * @param values the critic's; null where it wasn't asked
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    public record TokenResult(float[] policy, float[] entropies, float[] reference, float @Nullable [] values)
            implements Serializable {}

    /**
     * A forward by which the policy moves.
     *
     * @param targets of its responses
     * @param totals of its mini-batch, of what counts
     * @param acting tokens of the mini-batch that advantages act on
     */
    public record PolicyRequest(Layout.Packed part, PolicyTargets targets, Averaging.Totals totals, long acting)
            implements Serializable {}

    /**
     * What a step's tokens are judged by beside their log-probabilities now, {@code [B][T]} each.
     *
     * @param old log-probabilities under the policy that made them
     * @param reference under the reference
     * @param advantages what the loss weighs the tokens by
     * @param masks which tokens count; null: all
     * @param klCoefficient the coefficient of the KL penalty in the step
     * @param stepTotals of all its responses, over its mini-batches
     */
    @SuppressWarnings("ArrayRecordComponent") // a parameter object, never compared
    record PolicyTargets(
            double[][] old,
            double[][] reference,
            double[][] advantages,
            @Nullable TokenMasks masks,
            double klCoefficient,
            Averaging.Totals stepTotals)
            implements Serializable {

        /** Returns the targets of one forward's responses. */
        public PolicyTargets of(Layout.Packed part) {
            TokenMasks all = masks;
            return new PolicyTargets(
                    part.of(old),
                    part.of(reference),
                    part.of(advantages),
                    all == null ? null : new TokenMasks(part.of(all.counted()), part.of(all.acting())),
                    klCoefficient,
                    stepTotals);
        }

        /** Returns these targets with other tokens that count. */
        PolicyTargets with(@Nullable TokenMasks other) {
            return new PolicyTargets(old, reference, advantages, other, klCoefficient, stepTotals);
        }

        /** Returns the targets with the log-probabilities of their tokens now. */
        Rollouts beside(double[][] logProbs) {
            return new Rollouts(logProbs, old, advantages, reference, masks);
        }
    }

    /**
     * What a forward by which the policy moves had to say.
     *
     * @param result of the tokens that are in the loss
     * @param clipped those of them that a clip holds
     * @param entropy of its tokens, summed, nats
     */
    public record PolicyUpdate(PolicyResult result, ClippedTokens clipped, double entropy) implements Serializable {}

    /**
     * A forward by which the critic moves.
     *
     * @param targets of its responses
     * @param positions of its mini-batch
     */
    public record ValueRequest(Layout.Packed part, ValueTargets targets, long positions) implements Serializable {}

    /** Returns all rounds of forwards of PPO. */
    public List<Round<?, ?>> rounds() {
        List<Round<?, ?>> rounds = new ArrayList<>(List.of(answers(), rewarded(), compared(), uncertain(), moved()));
        if (critic != null) {
            rounds.add(valued(critic));
        }
        return rounds;
    }

    /** Returns the round that answers prompts. */
    public Round<PromptBatch, PromptBatch.Answers> answers() {
        return generator.answers();
    }

    /** Returns the round that asks a reward that is a model. */
    public Round<RewardRequest, double[]> rewarded() {
        return Round.scoring("rewards", asked -> {
            budget.restore(asked.tokens);
            return judge.asked(asked.reward, asked.responses);
        });
    }

    /** Returns the round that compares policy and reference. */
    public Round<ComparisonRequest, TokenResult> compared() {
        return Round.scoring("compare", this::compare);
    }

    /** Returns the round that asks for the entropies of the policy as it is. */
    public Round<Layout.Packed, float[]> uncertain() {
        return Round.scoring("entropies", this::entropies);
    }

    /** Returns the round by which the policy moves. */
    public Round<PolicyRequest, PolicyUpdate> moved() {
        return Round.learning("policy", this::move);
    }

    /** Returns the round by which the critic moves. */
    public Round<ValueRequest, ValueResult> valued(Critic owner) {
        return Round.learning("values", share -> value(owner, share));
    }

    private float[] entropies(Layout.Packed forward) {
        return policy.score(forward.batch()).entropies();
    }

    private TokenResult compare(ComparisonRequest asked) {
        TokenScores own = policy.score(asked.forward.batch());
        TokenScores others = reference == null ? own : reference.score(asked.forward.batch());
        float[] values = critic == null || !asked.valued ? null : critic.values(asked.forward.batch());
        return new TokenResult(own.logProbs(), own.entropies(), others.logProbs(), values);
    }

    private PolicyUpdate move(PolicyRequest share) {
        Layout.Packed part = share.part;
        double coefficient = plan.learning().improvement().entropyCoefficient();
        RolloutLoss loss = plan.loss(share.targets.klCoefficient);
        try (Pass pass = policy.pass(part.batch(), null)) {
            TokenScores scores = pass.scores();
            Rollouts rollouts = share.targets.beside(part.split(scores.logProbs()));
            PolicyResult result = loss.evaluate(rollouts, loss.isOverStep() ? share.targets.stepTotals : share.totals);
            float[] acting = acting(share);
            float[] ofEntropies = coefficient == 0 ? null : times(acting, -coefficient / share.acting);
            pass.backward(new TokenGradients(part.join(result.gradients()), ofEntropies, null));
            PolicyResult counted = result.counted(rollouts.masks());
            return new PolicyUpdate(
                    counted, loss.clipped(rollouts.counted(), counted), sum(scores.entropies(), acting));
        }
    }

    /** 1 at the tokens that the bonus of entropy is for: those that advantages act on. */
    private static float[] acting(PolicyRequest share) {
        TokenMasks masks = share.targets.masks();
        if (masks != null) {
            return share.part.join(masks.acting());
        }
        float[] all = new float[share.part.batch().scored()];
        Arrays.fill(all, 1);
        return all;
    }

    private static float[] times(float[] values, double factor) {
        float[] products = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            products[i] = values[i] * (float) factor;
        }
        return products;
    }

    private static double sum(float[] values, float[] weights) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * weights[i];
        }
        return sum;
    }

    private ValueResult value(Critic owner, ValueRequest share) {
        Layout.Packed part = share.part;
        double coefficient = plan.learning().value().coefficient();
        try (ScorePass pass = owner.pass(part.batch())) {
            double[][] values = part.split(pass.scores().values());
            ValueResult result = plan.learning()
                    .value()
                    .loss()
                    .evaluate(values, share.targets.old(), share.targets.returns(), share.positions);
            float[] gradients = part.join(result.gradients());
            for (int i = 0; i < gradients.length; i++) {
                gradients[i] *= (float) coefficient;
            }
            pass.backward(gradients);
            return result;
        }
    }

    /**
     * What is said of a step's tokens before it moves anything, {@code [B][T]} each: log-probabilities at the sampling temperature by
     * the very forwards that the first pass takes, so that its ratios are exactly 1.
     *
     * @param policy log-probabilities under the policy that made them
     * @param reference under the reference; the policy's own where there is none
     * @param entropies of the next-token distributions, nats
     * @param values the critic's; null without one
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    record Compared(double[][] policy, double[][] reference, double[][] entropies, double @Nullable [][] values) {

        /**
         * Computes the log-probabilities of policy and reference, entropies and values.
         *
         * @param parts forwards that see each response once
         * @param valued whether the critic's values are asked for, where there is one
         */
        public static Compared of(List<Layout.Packed> parts, PpoForwards forwards, boolean valued) {
            int responses =
                    parts.stream().mapToInt(part -> part.rollouts().length).sum();
            Compared compared = new Compared(
                    new double[responses][],
                    new double[responses][],
                    new double[responses][],
                    valued && forwards.critic() != null ? new double[responses][] : null);
            List<PpoForwards.TokenResult> said = forwards.policy()
                    .take(
                            forwards.compared(),
                            parts.stream()
                                    .map(part -> new PpoForwards.ComparisonRequest(part, valued))
                                    .toList());
            for (int i = 0; i < parts.size(); i++) {
                compared.put(parts.get(i), said.get(i));
            }
            return compared;
        }

        private void put(Layout.Packed part, PpoForwards.TokenResult said) {
            part.put(part.split(said.policy()), policy);
            part.put(part.split(said.entropies()), entropies);
            part.put(part.split(said.reference()), reference);
            float[] ofCritic = said.values();
            if (values != null && ofCritic != null) {
                part.put(part.split(ofCritic), values);
            }
        }
    }
}
