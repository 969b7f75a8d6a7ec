package org.align4j.dpo.loss;

import org.align4j.core.autodiff.Var;

/** A loss of rows whose one answer is desirable or undesirable. */
public interface UnpairedLoss extends PreferenceLoss {
    /**
     * Computes the loss of each unpaired row.
     *
     * @return {@code [B]} one number per row, whose mean over the whole batch, desirable or not, is the batch's loss
     */
    Var losses(UnpairedTerms rows);

    /** {@code [B]} the rewards that are reported: {@code beta} times the log-ratio. */
    default Var rewards(UnpairedTerms rows) {
        return rows.logRatio().times(beta());
    }

    /** What a training step remembers of its whole batch before the losses are computed. */
    default LossState advance(UnpairedTerms rows, LossState before) {
        return before;
    }
}
