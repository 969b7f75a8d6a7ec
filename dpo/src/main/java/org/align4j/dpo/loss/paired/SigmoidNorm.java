package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairFormula;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * DPO on log-ratios per token: {@code -log σ(β (f(a)/|y⁺| - f(b)/|y⁻|))}.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2411.15124">Lambert et al. 2024, Tülu 3</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.LENGTH_NORMALISED,
    Trait.TAKES_DIVERGENCE,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING
})
public record SigmoidNorm(double beta) implements PairLoss {
    public SigmoidNorm {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public SigmoidNorm() {
        this(0.1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        return pairs.meanScoreDifference().times(beta).logSigmoid().negate();
    }

    @Override
    public String formula() {
        return PairFormula.logistic("β (a / n⁺ − b / n⁻)", 0);
    }
}
