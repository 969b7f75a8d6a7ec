package org.align4j.ppo.rollout;

import java.util.List;
import org.align4j.core.generate.Completion;
import org.jspecify.annotations.Nullable;

/**
 * A step that has learnt from its answers, each of them taken apart.
 *
 * @param klCoefficient what a nat of divergence cost in this step
 * @param rollouts every answer of the step
 */
public record TracedStep(double klCoefficient, List<RolloutTrace> rollouts) {
    /**
     * An answer of a step taken apart: what was known of each of its T tokens when the step began to move the policy.
     *
     * @param answer the answer, with its token ids
     * @param score what the rewards made of the whole answer
     * @param logProbs {@code [T]} log-probabilities under the policy that drew the tokens, nats
     * @param referenceLogProbs {@code [T]} log-probabilities under the reference, nats; the policy's own where there is none
     * @param advantages {@code [T]} what the loss weighs the tokens by; PPO's have mean 0 and variance 1 over the step's tokens
     * @param credit how a critic shared the score out; null for a method without a critic
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    public record RolloutTrace(
            Completion answer,
            double score,
            double[] logProbs,
            double[] referenceLogProbs,
            double[] advantages,
            @Nullable CriticCredit credit) {

        /**
         * Holds a critic's token rewards, values and returns of one answer.
         *
         * @param rewards {@code [T]} the tokens' rewards: the KL penalty and, at the last token, the score
         * @param values {@code [T]} the value of the state before each token
         * @param returns {@code [T]} what the critic is taught: the values plus the advantages before they are whitened
         */
        @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
        public record CriticCredit(double[] rewards, double[] values, double[] returns) {}
    }
}
