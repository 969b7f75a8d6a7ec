package org.align4j.dpo.loss;

/**
 * The size of a whole optimizer batch, known from the data before any forward; what a part of the batch is divided by.
 *
 * @param pairs pairs in the batch
 * @param chosenTokens tokens of all its chosen responses
 * @param promptTokens tokens of all its prompts that have a log-probability; 0 where no loss needs them
 */
public record BatchTotals(int pairs, long chosenTokens, long promptTokens) {
    /** The totals of a batch that is at hand as a whole. */
    public static BatchTotals of(PairBatch batch) {
        double[][] prompts = batch.promptPolicy();
        return new BatchTotals(batch.size(), tokens(batch.chosen().policy()), prompts == null ? 0 : tokens(prompts));
    }

    private static long tokens(double[][] rows) {
        long tokens = 0;
        for (double[] row : rows) {
            tokens += row.length;
        }
        return tokens;
    }
}
