package org.align4j.dpo.loss;

import java.util.Arrays;
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
public record BatchScores(List<RowScores> rows) {
    public BatchScores {
        rows = List.copyOf(rows);
        if (rows.isEmpty()) {
            throw new InputException("A batch has no rows; it needs at least one.");
        }
    }

    /**
     * Puts the parts of a batch, each scored by a forward of its own, back into the batch's order.
     *
     * @param places of the parts' rows in the batch
     */
    public static BatchScores joined(List<BatchScores> parts, List<int[]> places) {
        RowScores[] rows =
                new RowScores[places.stream().mapToInt(own -> own.length).sum()];
        for (int part = 0; part < places.size(); part++) {
            for (int i = 0; i < places.get(part).length; i++) {
                rows[places.get(part)[i]] = parts.get(part).rows().get(i);
            }
        }
        return new BatchScores(Arrays.asList(rows));
    }

    /** How many rows. */
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
}
