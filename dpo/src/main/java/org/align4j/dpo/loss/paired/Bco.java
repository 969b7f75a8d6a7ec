package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.LossState;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;
import org.align4j.dpo.loss.UnpairedLoss;
import org.align4j.dpo.loss.UnpairedTerms;

/**
 * BCO (Jung et al. 2024): a classifier of rewards against their running mean r̄ over all training rows so far, this batch
 * included: {@code -log σ(βu - r̄)} for a desirable response, {@code -log σ(-(βu - r̄))} for an undesirable one. The
 * reweighting of the paper by prompt density (UDM) is left out.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2404.04656">Jung et al. 2024, Binary classifier optimization</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.MEANINGLESS_WITHOUT_REFERENCE, Trait.STATEFUL})
public record Bco(double beta) implements UnpairedLoss {
    public Bco {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public Bco() {
        this(0.1);
    }

    @Override
    public LossState advance(UnpairedTerms rows, LossState before) {
        return before.withRewards(rows.logRatio().times(beta).values());
    }

    @Override
    public Var losses(UnpairedTerms rows) {
        Var shifted = rows.logRatio().times(beta).minus(rows.state().rewardMean());
        return rows.signed(shifted).logSigmoid().negate();
    }
}
