package org.align4j.core.modelcheck;

import org.align4j.core.pack.PackedBatch.Span;
import org.align4j.core.policy.Pass.TokenScores;

/**
 * Says how likely a model finds the two answers of a pair.
 *
 * @param row the number of the pair's row
 */
record PairLikelihood(int row, Side chosen, Side rejected) {
    /**
     * Holds the likelihood of one answer under the model and the reference.
     *
     * @param tokens of the answer, its end included
     * @param logProb summed log-probability, nats
     * @param entropy summed entropy of the model's next-token distributions along the answer, nats
     * @param reference summed log-probability under what the model's run compared it with, nats
     */
    record Side(int tokens, double logProb, double entropy, double reference) {
        static Side of(Span span, TokenScores scores, TokenScores reference) {
            double entropy = 0;
            for (double each : TokenScores.slice(scores.entropies(), span)) {
                entropy += each;
            }
            return new Side(span.length(), scores.sum(span), entropy, reference.sum(span));
        }

        double perToken() {
            return logProb / tokens;
        }

        /** Nats per token by which the answer is less likely than what the model writes here, in expectation. */
        double surprise() {
            return -(logProb + entropy) / tokens;
        }
    }

    /** The policy distance over the tokens of both answers. */
    double surprise() {
        return (chosen.surprise() * chosen.tokens() + rejected.surprise() * rejected.tokens())
                / (chosen.tokens() + rejected.tokens());
    }

    /** The reward that a policy trained by DPO implies, chosen above rejected, before β multiplies it. */
    double margin() {
        return (chosen.logProb - chosen.reference) - (rejected.logProb - rejected.reference);
    }
}
