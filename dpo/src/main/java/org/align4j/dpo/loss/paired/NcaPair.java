package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * NCA (Chen et al. 2024): {@code -log σ(βa) - ½ log σ(-βa) - ½ log σ(-βb)}, which also holds the chosen responses' likelihood
 * up.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2402.05369">Chen et al. 2024, Noise contrastive alignment</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING})
public record NcaPair(double beta) implements PairLoss {
    public NcaPair {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public NcaPair() {
        this(0.01);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var a = pairs.chosenLogRatio().times(beta);
        Var b = pairs.rejectedLogRatio().times(beta);
        Var raise = a.logSigmoid();
        Var lower = a.negate().logSigmoid().plus(b.negate().logSigmoid()).times(0.5);
        return raise.plus(lower).negate();
    }
}
