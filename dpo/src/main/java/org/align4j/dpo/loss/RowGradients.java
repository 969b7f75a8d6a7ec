package org.align4j.dpo.loss;

import java.io.Serializable;

/**
 * The derivatives of a loss by the scores of one row's A answers. Where a loss doesn't use something, they are zeros.
 *
 * @param answers {@code [A][T]} with respect to the token log-probabilities under the policy
 * @param prompt {@code [T]} with respect to the prompt's; empty where the batch didn't hold them
 * @param sequenceKl {@code [A]} with respect to the sequence KL
 */
@SuppressWarnings("ArrayRecordComponent")
public record RowGradients(double[][] answers, double[] prompt, double[] sequenceKl) implements Serializable {}
