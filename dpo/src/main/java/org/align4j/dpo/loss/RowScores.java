package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * What policy and reference say of the A answers of one row, in nats: the chosen and the rejected answer of a pair, or the one
 * answer that was judged.
 *
 * @param policy {@code [A][T]} log-probabilities of the answers' tokens under the policy
 * @param reference {@code [A][T]} under the reference; zeros where there is no reference
 * @param logSumSquares {@code [A][T]} log of the sum of squared probabilities over the vocabulary under the policy, where a
 *     weighting needs it
 * @param sequenceKl {@code [A]} the KL divergence of reference and policy over the vocabulary, summed over the answer, where a
 *     loss needs it
 * @param prompt {@code [T]} log-probabilities of the prompt's tokens under the policy, where a loss needs them (the first token
 *     of a sequence has none)
 * @param desirable whether the first answer is to become likelier: always so in a pair
 */
@SuppressWarnings("ArrayRecordComponent")
public record RowScores(
        double[][] policy,
        double[][] reference,
        double @Nullable [][] logSumSquares,
        double @Nullable [] sequenceKl,
        double @Nullable [] prompt,
        boolean desirable) {

    public RowScores {
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

    /** The log-probabilities of a pair or of a desirable answer under policy and reference, {@code [A][T]} each. */
    public static RowScores of(double[][] policy, double[][] reference) {
        return new RowScores(policy, reference, null, null, null, true);
    }

    /** Returns these scores with what {@link Trait#NEEDS_LOG_SUM_SQUARES} asks for, {@code [A][T]}. */
    public RowScores withLogSumSquares(double[][] values) {
        return new RowScores(policy, reference, values, sequenceKl, prompt, desirable);
    }

    /** Returns these scores with what {@link Trait#NEEDS_SEQUENCE_KL} asks for, {@code [A]}. */
    public RowScores withSequenceKl(double[] values) {
        return new RowScores(policy, reference, logSumSquares, values, prompt, desirable);
    }

    /** Returns these scores with what {@link Trait#NEEDS_PROMPT_TOKENS} asks for, {@code [T]}. */
    public RowScores withPrompt(double[] values) {
        return new RowScores(policy, reference, logSumSquares, sequenceKl, values, desirable);
    }

    /** Returns these scores as those of an answer that is desirable or not. */
    public RowScores judged(boolean label) {
        return new RowScores(policy, reference, logSumSquares, sequenceKl, prompt, label);
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
