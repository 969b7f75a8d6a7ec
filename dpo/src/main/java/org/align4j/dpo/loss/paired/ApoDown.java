package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * APO-down (D'Oosterlinck et al. 2024), for chosen responses worse than the model's: {@code σ(βa) + 1 - σ(β(a - b))}.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2408.06266">D'Oosterlinck et al. 2024, Anchored preference optimization</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING})
public record ApoDown(double beta) implements PairLoss {
    public ApoDown {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public ApoDown() {
        this(0.1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var chosen = pairs.chosenLogRatio().times(beta).sigmoid();
        Var difference = pairs.logRatioDifference().times(beta).sigmoid();
        return chosen.minus(difference).plus(1);
    }
}
