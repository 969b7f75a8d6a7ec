package org.align4j.dpo.loss;

import java.util.Arrays;

/**
 * The derivatives of a loss by the log-probabilities of its pairs. Where a loss doesn't use something, they are zeros; where
 * the batch didn't hold it, {@code prompt} has empty rows.
 *
 * @param chosen {@code [B][T]} with respect to the chosen responses' token log-probabilities under the policy
 * @param rejected {@code [B][T]} with respect to the rejected responses'
 * @param prompt {@code [B][T]} with respect to the prompts'
 * @param chosenKl {@code [B]} with respect to the chosen responses' sequence KL
 * @param rejectedKl {@code [B]} with respect to the rejected responses' sequence KL
 */
@SuppressWarnings("ArrayRecordComponent")
public record PairGradients(
        double[][] chosen, double[][] rejected, double[][] prompt, double[] chosenKl, double[] rejectedKl) {

    /** Returns the gradients of some pairs, in the given order. */
    public PairGradients select(int[] pairs) {
        return new PairGradients(
                select(chosen, pairs),
                select(rejected, pairs),
                select(prompt, pairs),
                Arrays.stream(pairs).mapToDouble(pair -> chosenKl[pair]).toArray(),
                Arrays.stream(pairs).mapToDouble(pair -> rejectedKl[pair]).toArray());
    }

    private static double[][] select(double[][] values, int[] pairs) {
        return Arrays.stream(pairs).mapToObj(pair -> values[pair]).toArray(double[][]::new);
    }
}
