package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * APO-zero (D'Oosterlinck et al. 2024), for chosen responses better than the model's: {@code 1 - σ(βa) + σ(βb)}.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2408.06266">D'Oosterlinck et al. 2024, Anchored preference optimization</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING})
public record ApoZero(double beta) implements PairLoss {
    public ApoZero {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public ApoZero() {
        this(0.1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var chosen = pairs.chosenLogRatio().times(beta).sigmoid();
        Var rejected = pairs.rejectedLogRatio().times(beta).sigmoid();
        return rejected.minus(chosen).plus(1);
    }

    @Override
    public String formula() {
        return "1 − σ(β a) + σ(β b)";
    }
}
