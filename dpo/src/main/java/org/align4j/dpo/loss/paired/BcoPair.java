package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * BCO on pairs (Jung et al. 2024) as in TRL from 1.0 on, without its reward shift: {@code -log σ(βa) - log σ(-βb)}. {@link
 * org.align4j.dpo.loss.paired.Bco} has the shift.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2404.04656">Jung et al. 2024, Binary classifier optimization</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING})
public record BcoPair(double beta) implements PairLoss {
    public BcoPair {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public BcoPair() {
        this(0.1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var chosen = pairs.chosenLogRatio().times(beta).logSigmoid();
        Var rejected = pairs.rejectedLogRatio().times(-beta).logSigmoid();
        return chosen.plus(rejected).negate();
    }
}
