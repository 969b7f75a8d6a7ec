package org.align4j.dpo.loss;

/**
 * What an objective makes of one row of a batch.
 *
 * @param loss the row's own loss, weights included; a loss of the whole batch has no meaningful order here
 * @param rewards {@code [A]} the reward to report of each answer
 * @param logProbs {@code [A]} summed log-probabilities of the answers under the policy
 * @param gradients derivatives of the batch's loss
 */
@SuppressWarnings("ArrayRecordComponent")
public record JudgedRow(double loss, double[] rewards, double[] logProbs, RowGradients gradients) {}
