package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * IPO (Azar et al. 2023) as in the paper, on sums: {@code (Δ - 1/(2β))²}.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2310.12036">Azar et al. 2023, A general theoretical paradigm</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.TAKES_DIVERGENCE,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING,
    Trait.WANTS_CERTAIN_MARGIN
})
public record IpoSum(double beta) implements PairLoss {
    public IpoSum {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public IpoSum() {
        this(0.1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        return pairs.scoreDifference().minus(1 / (2 * beta)).square();
    }
}
