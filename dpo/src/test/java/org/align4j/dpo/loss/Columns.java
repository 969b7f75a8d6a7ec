package org.align4j.dpo.loss;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.dpo.loss.BatchScores.RowScores;
import org.align4j.dpo.loss.PreferenceObjective.BatchLoss;

/** Batches made from columns, one answer of all rows in each, and what was made of them read that way. */
public final class Columns {
    private Columns() {}

    /** A batch whose policy and reference are {@code [A][B][T]}: pairs have two columns, judged answers one. */
    public static BatchScores batch(double[][][] policy, double[][][] reference) {
        return new BatchScores(IntStream.range(0, policy[0].length)
                .mapToObj(row -> RowScores.of(row(policy, row), row(reference, row)))
                .toList());
    }

    /** A batch of judged answers: policy and reference are {@code [B][T]}. */
    public static BatchScores judged(double[][] policy, double[][] reference, boolean[] desirable) {
        List<RowScores> rows =
                batch(new double[][][] {policy}, new double[][][] {reference}).rows();
        return new BatchScores(IntStream.range(0, desirable.length)
                .mapToObj(row -> rows.get(row).judged(desirable[row]))
                .toList());
    }

    private static double[][] row(double[][][] columns, int row) {
        return IntStream.range(0, columns.length)
                .mapToObj(answer -> columns[answer][row])
                .toArray(double[][]::new);
    }

    /** {@code [B]} each row's loss. */
    public static double[] losses(BatchLoss judgement) {
        return judgement.rows().stream().mapToDouble(BatchLoss.Row::loss).toArray();
    }

    /** {@code [B]} the rewards of one answer of each row. */
    public static double[] rewards(BatchLoss judgement, int answer) {
        return column(judgement, BatchLoss.Row::rewards, answer);
    }

    /** {@code [B]} the summed log-probabilities of one answer of each row. */
    public static double[] logProbs(BatchLoss judgement, int answer) {
        return column(judgement, BatchLoss.Row::logProbs, answer);
    }

    /** {@code [B][T]} the derivatives by one answer of each row. */
    public static double[][] gradients(BatchLoss judgement, int answer) {
        return judgement.gradients().stream().map(row -> row.answers()[answer]).toArray(double[][]::new);
    }

    /** {@code [B]} the derivatives by the sequence KL of one answer of each row. */
    public static double[] sequenceKl(BatchLoss judgement, int answer) {
        return column(judgement, row -> row.gradients().sequenceKl(), answer);
    }

    /** The share of pairs whose chosen reward is strictly larger: a tie counts as wrong. */
    public static double accuracy(BatchLoss judgement) {
        long right = judgement.rows().stream()
                .filter(row -> row.rewards()[0] > row.rewards()[1])
                .count();
        return (double) right / judgement.rows().size();
    }

    private static double[] column(BatchLoss judgement, Function<BatchLoss.Row, double[]> part, int answer) {
        return judgement.rows().stream()
                .mapToDouble(row -> part.apply(row)[answer])
                .toArray();
    }
}
