package org.align4j.dpo.loss.unpaired;

/**
 * What a loss makes of a batch of rows, or of a part: then {@code loss} and gradients are shares of the whole batch's.
 *
 * @param loss the batch loss: the mean over its rows
 * @param perRow {@code [B]} each row's loss
 * @param gradients {@code [B][T]} derivatives with respect to the token log-probabilities under the policy
 * @param rewards {@code [B]} β times the log-ratio
 * @param logProbs {@code [B]} summed log-probabilities under the policy
 */
@SuppressWarnings("ArrayRecordComponent")
public record UnpairedResult(double loss, double[] perRow, double[][] gradients, double[] rewards, double[] logProbs) {}
