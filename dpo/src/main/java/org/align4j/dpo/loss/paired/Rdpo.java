package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * R-DPO (Park et al. 2024): {@code -log σ(β (a - b) + α (|y⁺| - |y⁻|))}, so that a longer chosen response teaches less.
 *
 * @param beta scales log-ratios to rewards
 * @param alpha what a token of difference in length counts
 * @see <a href="https://arxiv.org/abs/2403.19159">Park et al. 2024, Disentangling length from quality</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING})
public record Rdpo(
        double beta,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "What each token of difference in length counts in rdpo; a larger one keeps answers shorter.",
                required = true)
        double alpha)
        implements PairLoss {
    public Rdpo {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("rdpo-alpha", alpha, "0.01 is usual");
    }

    /** Creates the loss with its default parameters. */
    public Rdpo() {
        this(0.1, 0.01);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var lengths = pairs.lengthDifference().times(alpha);
        return pairs.logRatioDifference().times(beta).plus(lengths).logSigmoid().negate();
    }
}
