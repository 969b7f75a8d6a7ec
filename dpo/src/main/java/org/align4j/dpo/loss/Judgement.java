package org.align4j.dpo.loss;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What an objective makes of a batch, or of a part: then {@code loss}, {@code parts} and gradients are the part's share of the
 * whole batch's, and the shares add up.
 *
 * @param loss the batch loss: the mean over its rows
 * @param parts {@code [L]} for each loss of a mix, in its order: what it contributes before its weight in the mix
 * @param rows {@code [B]} what it makes of each row
 */
@SuppressWarnings("ArrayRecordComponent")
public record Judgement(double loss, double[] parts, List<Row> rows) implements Serializable {
    /**
     * What an objective makes of one row of a batch.
     *
     * @param loss the row's own loss, weights included; a loss of the whole batch has no meaningful order here
     * @param rewards {@code [A]} the reward to report of each answer
     * @param logProbs {@code [A]} summed log-probabilities of the answers under the policy
     * @param gradients derivatives of the batch's loss
     */
    public record Row(double loss, double[] rewards, double[] logProbs, RowGradients gradients)
            implements Serializable {}

    /** The derivatives of the loss by the scores of some rows, in the given order. */
    public List<RowGradients> gradients(int[] places) {
        return Arrays.stream(places)
                .mapToObj(place -> rows.get(place).gradients())
                .toList();
    }

    /** The derivatives of the loss by the scores of every row. */
    public List<RowGradients> gradients() {
        return rows.stream().map(Row::gradients).toList();
    }

    /**
     * The derivatives of a loss by the scores of one row's A answers. Where a loss doesn't use something, they are zeros.
     *
     * @param answers {@code [A][T]} with respect to the token log-probabilities under the policy
     * @param prompt {@code [T]} with respect to the prompt's; empty where the batch didn't hold them
     * @param sequenceKl {@code [A]} with respect to the sequence KL
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record RowGradients(double[][] answers, double[] prompt, double[] sequenceKl) implements Serializable {}
}
