package org.align4j.dpo.loss;

import java.io.Serializable;
import java.util.List;

/**
 * What the rows of a whole optimizer batch share, known before any of its gradients; what a part of the batch is divided by.
 *
 * @param rows rows in the batch
 * @param chosenTokens tokens of the first answers of all its rows: the chosen ones of pairs
 * @param promptTokens tokens of all its prompts that have a log-probability; 0 where no loss needs them
 * @param klEstimate KTO's z, 0 or more and without gradient; 0 where no loss needs it
 */
public record BatchTotals(int rows, long chosenTokens, long promptTokens, double klEstimate) implements Serializable {
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
