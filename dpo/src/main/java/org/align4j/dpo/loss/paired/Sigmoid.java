package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Logistic;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairFormula;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * DPO (Rafailov et al. 2023): {@code -log σ(β Δ)}; with label smoothing ε, cDPO (Mitchell 2023): {@code -(1-ε) log σ(β Δ) - ε
 * log σ(-β Δ)}. TRL from 1.0 on ignores the smoothing; we don't.
 *
 * @param beta scales log-ratios to rewards
 * @param labelSmoothing the share of labels taken to be wrong
 * @see <a href="https://arxiv.org/abs/2305.18290">Rafailov et al. 2023, Direct preference optimization</a>
 * @see <a href="https://ericmitchell.ai/cdpo.pdf">Mitchell 2023, A note on DPO with noisy preferences</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.TAKES_DIVERGENCE,
    Trait.TAKES_LABEL_SMOOTHING,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING
})
public record Sigmoid(double beta, double labelSmoothing) implements PairLoss {
    public Sigmoid {
        Parameters.positiveBeta(beta);
        Parameters.smoothing(labelSmoothing);
    }

    /** Creates the loss with its default parameters. */
    public Sigmoid() {
        this(0.1, 0);
    }

    /** Makes the sigmoid loss without label smoothing. */
    public Sigmoid(double beta) {
        this(beta, 0);
    }

    @Override
    public Var losses(PairTerms pairs) {
        return Logistic.loss(pairs.scoreDifference().times(beta), labelSmoothing);
    }

    @Override
    public String formula() {
        return PairFormula.logistic("β (a − b)", labelSmoothing);
    }
}
