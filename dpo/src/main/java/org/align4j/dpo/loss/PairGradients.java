package org.align4j.dpo.loss;

/**
 * Derivatives of a loss. Where a loss doesn't use something, they are zeros; where the batch didn't hold it, {@code
 * prompt} has empty rows.
 *
 * @param chosen {@code [B][T]} with respect to the chosen responses' token log-probabilities under the policy
 * @param rejected {@code [B][T]} with respect to the rejected responses'
 * @param prompt {@code [B][T]} with respect to the prompts'
 * @param chosenKl {@code [B]} with respect to the chosen responses' sequence KL
 * @param rejectedKl {@code [B]} with respect to the rejected responses' sequence KL
 */
@SuppressWarnings("ArrayRecordComponent")
public record PairGradients(
        double[][] chosen, double[][] rejected, double[][] prompt, double[] chosenKl, double[] rejectedKl) {}
