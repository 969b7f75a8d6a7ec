package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * What policy and reference say of the answers of a batch of B rows, or of a part of one.
 *
 * @param rows {@code [B]} each with the same number of answers
 */
public record BatchScores(List<RowScores> rows) implements Serializable {
    public BatchScores {
        rows = List.copyOf(rows);
        if (rows.isEmpty()) {
            throw new InputException("A batch has no rows; it needs at least one.");
        }
    }

    /** Counts the rows. */
    public int size() {
        return rows.size();
    }

    /** {@code [B][T]} the log-probabilities of one answer of each row under the policy. */
    double[][] policy(int answer) {
        return rows.stream().map(row -> row.policy()[answer]).toArray(double[][]::new);
    }

    /** {@code [B][T]} the log-probabilities of one answer of each row under the reference. */
    double[][] reference(int answer) {
        return rows.stream().map(row -> row.reference()[answer]).toArray(double[][]::new);
    }

    /** {@code [B][T]} the prompts' log-probabilities under the policy; null where a row has none. */
    double @Nullable [][] prompts() {
        boolean all = rows.stream().allMatch(row -> row.prompt() != null);
        return all ? rows.stream().map(RowScores::prompt).toArray(double[][]::new) : null;
    }

    /** Whether each row has the sequence KL of its answers. */
    boolean hasSequenceKl() {
        return rows.stream().allMatch(row -> row.sequenceKl() != null);
    }

    /** {@code [B]} the sequence KL of one answer of each row; NaN where a row has none. */
    double[] sequenceKl(int answer) {
        return rows.stream()
                .map(RowScores::sequenceKl)
                .mapToDouble(divergences -> divergences == null ? Double.NaN : divergences[answer])
                .toArray();
    }

    /** {@code [A]} what a function makes of each answer that a row has, by the answer's place. */
    <R> List<R> eachAnswer(IntFunction<R> function) {
        return IntStream.range(0, rows.get(0).policy().length)
                .mapToObj(function)
                .toList();
    }

    /**
     * What policy and reference say of the A answers of one row, in nats: the chosen and the rejected answer of a pair, or the one
     * answer that was labelled.
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
            boolean desirable)
            implements Serializable {

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
            return of(policy, reference, true);
        }

        /** The log-probabilities of an answer that is desirable or not, under policy and reference, {@code [1][T]} each. */
        public static RowScores of(double[][] policy, double[][] reference, boolean desirable) {
            return new RowScores(policy, reference, null, null, null, desirable);
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

    /**
     * What the rows of a whole optimizer batch share, known before any of its gradients; what a part of the batch is divided by.
     *
     * @param rows rows in the batch
     * @param chosenTokens tokens of the first answers of all its rows: the chosen ones of pairs
     * @param promptTokens tokens of all its prompts that have a log-probability; 0 where no loss needs them
     * @param klEstimate KTO's z, 0 or more and without gradient; 0 where no loss needs it
     */
    public record BatchTotals(int rows, long chosenTokens, long promptTokens, double klEstimate)
            implements Serializable {
        /** Counts the rows and tokens of a batch that is at hand as a whole, for losses that need no z. */
        public static BatchTotals of(BatchScores batch) {
            return new BatchTotals(
                    batch.size(),
                    tokens(batch.rows().stream().map(row -> row.policy()[0]).toList()),
                    tokens(batch.rows().stream()
                            .map(row -> row.prompt() == null ? new double[0] : row.prompt())
                            .toList()),
                    0);
        }

        private static long tokens(List<double[]> rows) {
            return rows.stream().mapToLong(row -> row.length).sum();
        }

        /**
         * Returns these totals with KTO's z: how far the policy is from the reference on answers that don't belong to their prompts, {@code
         * max(0, mean of log π - log π_ref)}. Row j's prompt stands with the answer of row j−1 of the batch, row 0's with the last.
         *
         * @param policy {@code [B]} summed log-probabilities of the mismatched answers under the policy
         * @param reference {@code [B]} under the reference
         */
        public BatchTotals withMismatched(double[] policy, double[] reference) {
            double sum = 0;
            for (int i = 0; i < policy.length; i++) {
                sum += policy[i] - reference[i];
            }
            return new BatchTotals(rows, chosenTokens, promptTokens, Math.max(0, sum / policy.length));
        }
    }
}
