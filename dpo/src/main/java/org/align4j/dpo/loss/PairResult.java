package org.align4j.dpo.loss;

/**
 * What an objective makes of a batch, or of a part: then {@code loss}, {@code parts} and gradients are the part's share
 * of the whole batch's, and the shares add up.
 *
 * @param loss the batch loss: the mean over its pairs
 * @param perPair {@code [B]} each pair's loss, weights included; a loss of the whole batch has no meaningful order here
 * @param parts {@code [L]} for each loss of a mix, in its order: what it contributes before its weight in the mix
 * @param gradients derivatives of {@code loss}
 * @param rewards the rewards to report
 * @param chosenLogProbs {@code [B]} summed log-probabilities of the chosen responses under the policy
 * @param rejectedLogProbs {@code [B]} of the rejected responses
 */
@SuppressWarnings("ArrayRecordComponent")
public record PairResult(
        double loss,
        double[] perPair,
        double[] parts,
        PairGradients gradients,
        Rewards rewards,
        double[] chosenLogProbs,
        double[] rejectedLogProbs) {}
