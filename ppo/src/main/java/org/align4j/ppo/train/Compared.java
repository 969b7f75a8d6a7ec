package org.align4j.ppo.train;

import java.util.List;
import org.align4j.core.model.Weights;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TokenScores;
import org.align4j.ppo.rollout.Layout;
import org.jspecify.annotations.Nullable;

/**
 * What is said of a step's tokens before it moves anything, {@code [B][T]} each: log-probabilities at the sampling temperature by
 * the very forwards that the first pass takes, so that its ratios are exactly 1.
 *
 * @param policy log-probabilities under the policy that made them
 * @param reference under the reference
 * @param entropies of the next-token distributions, nats
 * @param values the critic's; null without one
 */
@SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
record Compared(double[][] policy, double[][] reference, double[][] entropies, double @Nullable [][] values) {

    /**
     * Computes them.
     *
     * @param forwards that see each response once
     * @param reference weights of the reference
     * @param critic null: without values
     */
    static Compared of(List<Layout.Packed> forwards, Policy policy, Weights reference, @Nullable Critic critic) {
        int responses =
                forwards.stream().mapToInt(forward -> forward.rollouts().length).sum();
        Compared compared = new Compared(
                new double[responses][],
                new double[responses][],
                new double[responses][],
                critic == null ? null : new double[responses][]);
        for (Layout.Packed forward : forwards) {
            TokenScores own = policy.score(forward.batch());
            forward.put(forward.split(own.logProbs()), compared.policy);
            forward.put(forward.split(own.entropies()), compared.entropies);
            TokenScores others = policy.score(forward.batch(), reference);
            forward.put(forward.split(others.logProbs()), compared.reference);
            if (critic != null && compared.values != null) {
                forward.put(forward.split(critic.values(forward.batch())), compared.values);
            }
        }
        return compared;
    }
}
