package org.align4j.dpo.loss.unpaired;

/**
 * The totals that the rows of a whole optimizer batch share.
 *
 * @param rows how many there are
 * @param klEstimate KTO's z, 0 or more and without gradient; 0 where no loss needs it
 */
public record UnpairedTotals(int rows, double klEstimate) {
    /**
     * KTO's z: how far the policy is from the reference on responses that don't belong to their prompts, {@code max(0, mean
     * of log π - log π_ref)}. Row j's prompt stands with the completion of row j−1 of the batch, row 0's with the last.
     *
     * @param policy {@code [B]} summed log-probabilities of the mismatched completions under the policy
     * @param reference {@code [B]} under the reference
     */
    public static UnpairedTotals of(double[] policy, double[] reference) {
        double sum = 0;
        for (int i = 0; i < policy.length; i++) {
            sum += policy[i] - reference[i];
        }
        return new UnpairedTotals(policy.length, Math.max(0, sum / policy.length));
    }

    /** Makes the totals for losses that need no z. */
    public static UnpairedTotals of(int rows) {
        return new UnpairedTotals(rows, 0);
    }
}
