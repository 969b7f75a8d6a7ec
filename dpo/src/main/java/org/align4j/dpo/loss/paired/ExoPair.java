package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * EXO (Ji et al. 2024), the reverse KL to smoothed labels: {@code σ(βΔ) (log σ(βΔ) - log(1-ε)) + σ(-βΔ) (log σ(-βΔ) - log
 * ε)}.
 *
 * @param beta scales log-ratios to rewards
 * @param labelSmoothing ε, which must be positive: without it the loss is infinite
 * @see <a href="https://arxiv.org/abs/2402.00856">Ji et al. 2024, Towards efficient exact optimization</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.TAKES_DIVERGENCE,
    Trait.TAKES_LABEL_SMOOTHING,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING
})
public record ExoPair(double beta, double labelSmoothing) implements PairLoss {
    public ExoPair {
        Parameters.positiveBeta(beta);
        Parameters.smoothing(labelSmoothing);
        Parameters.positiveSmoothing("exo_pair", labelSmoothing);
    }

    /** Creates the loss with its default parameters. */
    public ExoPair() {
        this(0.1, 0.001);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var z = pairs.scoreDifference().times(beta);
        Var right = z.sigmoid().times(z.logSigmoid().minus(Math.log1p(-labelSmoothing)));
        Var wrong = z.negate().sigmoid().times(z.negate().logSigmoid().minus(Math.log(labelSmoothing)));
        return right.plus(wrong);
    }
}
