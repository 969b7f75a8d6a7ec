package org.align4j.core.policy;

import org.jspecify.annotations.Nullable;

/**
 * The derivatives of a loss by what a {@link Pass} gave, each in the batch's order.
 *
 * @param logProbs {@code [R]} d loss / d log-probability
 * @param entropies {@code [R]} d loss / d entropy of the next-token distribution; null for a loss that doesn't depend on them
 * @param divergences {@code [R]} d loss / d KL(reference || policy); null for a loss that doesn't depend on them
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
public record TokenGradients(float[] logProbs, float @Nullable [] entropies, float @Nullable [] divergences) {

    /** Makes the derivatives of a loss that depends on log-probabilities alone. */
    public static TokenGradients of(float[] logProbs) {
        return new TokenGradients(logProbs, null, null);
    }
}
