package org.align4j.dpo.loss.unpaired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.PreferenceLoss;

/** A loss of rows whose response is desirable or undesirable. */
public interface UnpairedLoss extends PreferenceLoss {
    /**
     * The losses of {@code rows}.
     *
     * @return {@code [B]} one number a row, whose mean over the whole batch, desirable or not, is the batch's loss
     */
    Var losses(UnpairedTerms rows);

    /** What a training step remembers of its whole batch before the losses are computed. */
    default LossState advance(UnpairedTerms rows, LossState before) {
        return before;
    }
}
