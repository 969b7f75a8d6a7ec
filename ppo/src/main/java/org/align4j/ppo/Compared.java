package org.align4j.ppo;

import java.util.List;
import org.align4j.ppo.rollout.Layout;
import org.jspecify.annotations.Nullable;

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
     * Computes them.
     *
     * @param parts forwards that see each response once
     * @param valued whether the critic's values are asked for, where there is one
     */
    public static Compared of(List<Layout.Packed> parts, PpoForwards forwards, boolean valued) {
        int responses = parts.stream().mapToInt(part -> part.rollouts().length).sum();
        Compared compared = new Compared(
                new double[responses][],
                new double[responses][],
                new double[responses][],
                valued && forwards.critic() != null ? new double[responses][] : null);
        List<PpoForwards.Said> said = forwards.policy()
                .take(
                        forwards.compared(),
                        parts.stream()
                                .map(part -> new PpoForwards.Comparison(part, valued))
                                .toList());
        for (int i = 0; i < parts.size(); i++) {
            compared.put(parts.get(i), said.get(i));
        }
        return compared;
    }

    private void put(Layout.Packed part, PpoForwards.Said said) {
        part.put(part.split(said.policy()), policy);
        part.put(part.split(said.entropies()), entropies);
        part.put(part.split(said.reference()), reference);
        float[] ofCritic = said.values();
        if (values != null && ofCritic != null) {
            part.put(part.split(ofCritic), values);
        }
    }
}
