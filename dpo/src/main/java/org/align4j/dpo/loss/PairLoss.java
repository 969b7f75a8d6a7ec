package org.align4j.dpo.loss;

import java.util.List;
import org.align4j.core.autodiff.Var;

/** A loss of pairs of a chosen and a rejected response. */
public interface PairLoss extends PreferenceLoss {
    /**
     * Computes the loss of each pair.
     *
     * @return {@code [B]} one number per pair, whose mean over the whole batch is the batch's loss
     */
    Var losses(PairTerms pairs);

    /**
     * The rewards that are reported: {@code beta} times the plain log-ratio, whatever the loss makes of it.
     *
     * @return {@code [B]} those of the chosen answers and {@code [B]} those of the rejected ones
     */
    default List<Var> rewards(PairTerms pairs) {
        return List.of(
                pairs.chosenLogRatio().times(beta()), pairs.rejectedLogRatio().times(beta()));
    }

    /**
     * Writes the loss of one pair as a formula in the letters of {@link PairFormula}, for a report that puts the pair's numbers in;
     * empty where the report has the number alone.
     */
    default String formula() {
        return "";
    }

    /**
     * What a training step remembers of its whole batch before the losses are computed; for a loss that remembers
     * nothing, {@code before} itself.
     */
    default LossState advance(PairTerms pairs, LossState before) {
        return before;
    }
}
