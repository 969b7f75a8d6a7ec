package org.align4j.core.policy;

import java.io.Serializable;
import java.util.Arrays;
import org.align4j.core.pack.PackedBatch.Span;

/**
 * What a model says of each scored token of a packed batch, in the batch's order.
 *
 * @param logProbs {@code [R]} nats
 * @param entropies {@code [R]} of the next-token distribution, nats
 * @param logSquares {@code [R]} log of the sum of squared probabilities
 * @param hits {@code [R]} 1 where no token is likelier
 */
public record TokenScores(float[] logProbs, float[] entropies, float[] logSquares, float[] hits)
        implements Serializable {

    /** The scores of the first tokens alone. */
    TokenScores first(int tokens) {
        return new TokenScores(
                Arrays.copyOf(logProbs, tokens),
                Arrays.copyOf(entropies, tokens),
                Arrays.copyOf(logSquares, tokens),
                Arrays.copyOf(hits, tokens));
    }

    /** The summed log-probability of a branch, nats. */
    public double sum(Span span) {
        double sum = 0;
        for (int i = span.from(); i < span.to(); i++) {
            sum += logProbs[i];
        }
        return sum;
    }

    /** The token log-probabilities of a branch. */
    public double[] logProbs(Span span) {
        return slice(logProbs, span);
    }

    /** One branch's part of an array in the batch's order. */
    public static double[] slice(float[] values, Span span) {
        double[] result = new double[span.length()];
        for (int i = 0; i < result.length; i++) {
            result[i] = values[span.from() + i];
        }
        return result;
    }
}
