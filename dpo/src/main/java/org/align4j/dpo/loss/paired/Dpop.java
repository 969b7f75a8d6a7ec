package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * DPO-Positive (Pal et al. 2024): {@code -log σ(β (a - b - λ max(0, -a)))}, a penalty where the chosen response became less
 * likely than under the reference.
 *
 * @param beta scales log-ratios to rewards
 * @param lambda the weight of the penalty; 50 in the paper
 * @see <a href="https://arxiv.org/abs/2402.13228">Pal et al. 2024, Smaug</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.MEANINGLESS_WITHOUT_REFERENCE,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING,
    Trait.PENALISES_FALL
})
public record Dpop(
        double beta,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "The weight of dpop's penalty; a larger one keeps the chosen answer from becoming less likely.")
        double lambda)
        implements PairLoss {
    public Dpop {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("dpop-lambda", lambda, "50 is usual");
    }

    /** Creates the loss with its default parameters. */
    public Dpop() {
        this(0.1, 50);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var penalty = pairs.chosenLogRatio().negate().relu().times(lambda);
        return pairs.logRatioDifference()
                .minus(penalty)
                .times(beta)
                .logSigmoid()
                .negate();
    }
}
