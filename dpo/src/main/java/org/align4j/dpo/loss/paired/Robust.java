package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * Robust DPO (Chowdhury et al. 2024), unbiased under a share ε of flipped labels: {@code (-(1-ε) log σ(βΔ) + ε log σ(-βΔ)) /
 * (1-2ε)}.
 *
 * @param beta scales log-ratios to rewards
 * @param labelSmoothing ε, below one half
 * @see <a href="https://arxiv.org/abs/2403.00409">Chowdhury et al. 2024, Provably robust DPO</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.TAKES_DIVERGENCE,
    Trait.TAKES_LABEL_SMOOTHING,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING
})
public record Robust(double beta, double labelSmoothing) implements PairLoss {
    public Robust {
        Parameters.positiveBeta(beta);
        Parameters.smoothing(labelSmoothing);
    }

    /** Creates the loss with its default parameters. */
    public Robust() {
        this(0.1, 0);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var z = pairs.scoreDifference().times(beta);
        Var right = z.logSigmoid().times(1 - labelSmoothing);
        Var flipped = z.negate().logSigmoid().times(labelSmoothing);
        return flipped.minus(right).over(1 - 2 * labelSmoothing);
    }
}
