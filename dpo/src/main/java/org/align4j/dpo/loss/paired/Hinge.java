package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * Hinge loss (SLiC, Zhao et al. 2023; RSO, Liu et al. 2024): {@code max(0, 1 - β Δ)}.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2305.10425">Zhao et al. 2023, SLiC-HF</a>
 * @see <a href="https://arxiv.org/abs/2309.06657">Liu et al. 2024, Statistical rejection sampling</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_DIVERGENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING})
public record Hinge(double beta) implements PairLoss {
    public Hinge {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public Hinge() {
        this(0.1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        return pairs.scoreDifference().times(-beta).plus(1).relu();
    }

    @Override
    public String formula() {
        return "max(0, 1 − β (a − b))";
    }
}
