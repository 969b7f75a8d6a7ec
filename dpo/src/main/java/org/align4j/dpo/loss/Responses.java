package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities of one side of a batch of B pairs, in nats, per token of the response.
 *
 * @param policy {@code [B][T]} under the policy
 * @param reference {@code [B][T]} under the reference; zeros where there is no reference
 * @param logSumSquares {@code [B][T]} log of the sum of squared probabilities over the vocabulary under the policy, where
 *     a weighting needs it
 * @param sequenceKl {@code [B]} the KL divergence of reference and policy over the vocabulary, summed over the response,
 *     where a loss needs it
 */
@SuppressWarnings("ArrayRecordComponent")
public record Responses(
        double[][] policy, double[][] reference, double @Nullable [][] logSumSquares, double @Nullable [] sequenceKl) {

    public Responses {
        sameShape("reference", policy, reference);
        if (logSumSquares != null) {
            sameShape("logSumSquares", policy, logSumSquares);
        }
        if (sequenceKl != null && sequenceKl.length != policy.length) {
            throw new InputException(format(
                    "sequenceKl has %d numbers but there are %d responses; give one for each.",
                    sequenceKl.length, policy.length));
        }
    }

    /** Log-probabilities under policy and reference, {@code [B][T]} each. */
    public static Responses of(double[][] policy, double[][] reference) {
        return new Responses(policy, reference, null, null);
    }

    /** Log-probabilities under the policy, {@code [B][T]}, without a reference: its log-probabilities count as 0. */
    public static Responses withoutReference(double[][] policy) {
        double[][] zeros = new double[policy.length][];
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] = new double[policy[i].length];
        }
        return of(policy, zeros);
    }

    /** Returns these responses with what {@link Trait#NEEDS_LOG_SUM_SQUARES} asks for, {@code [B][T]}. */
    public Responses withLogSumSquares(double[][] values) {
        return new Responses(policy, reference, values, sequenceKl);
    }

    /** Returns these responses with what {@link Trait#NEEDS_SEQUENCE_KL} asks for, {@code [B]}. */
    public Responses withSequenceKl(double[] values) {
        return new Responses(policy, reference, logSumSquares, values);
    }

    /** Counts the responses. */
    public int size() {
        return policy.length;
    }

    /** {@code [B]} tokens in each response. */
    public int[] lengths() {
        int[] lengths = new int[policy.length];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = policy[i].length;
        }
        return lengths;
    }

    private static void sameShape(String name, double[][] policy, double[][] other) {
        if (policy.length != other.length) {
            throw new InputException(format(
                    "%s has %d responses but the policy has %d; give the same ones.",
                    name, other.length, policy.length));
        }
        for (int i = 0; i < policy.length; i++) {
            if (policy[i].length != other[i].length) {
                throw new InputException(format(
                        "%s has %d tokens in response %d but the policy has %d; give the same ones.",
                        name, other[i].length, i, policy[i].length));
            }
        }
    }
}
