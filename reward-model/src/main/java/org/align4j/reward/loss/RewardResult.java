package org.align4j.reward.loss;

/**
 * What the loss makes of a batch of pairs, or of a part: then {@code loss} and gradients are shares of the whole batch's,
 * and the shares add up.
 *
 * @param loss the mean over the pairs of the batch
 * @param perPair {@code [B]} each pair's loss
 * @param chosenGradient {@code [B]} derivatives of {@code loss} with respect to the chosen scores
 * @param rejectedGradient {@code [B]} with respect to the rejected scores
 */
@SuppressWarnings("ArrayRecordComponent")
public record RewardResult(double loss, double[] perPair, double[] chosenGradient, double[] rejectedGradient) {}
