package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * TDPO, second version (Zeng et al. 2024): {@code -log σ(β (a - b - α (KL(y⁻) - sg KL(y⁺))))}: no gradient through the chosen
 * response's divergence.
 *
 * @param beta scales log-ratios to rewards
 * @param alpha the weight of the divergences; 0.5 in the paper
 * @see <a href="https://arxiv.org/abs/2404.11999">Zeng et al. 2024, Token-level direct preference optimization</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.MEANINGLESS_WITHOUT_REFERENCE, Trait.NEEDS_SEQUENCE_KL, Trait.TAKES_WEIGHTING})
public record Tdpo2(
        double beta,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "The weight of the divergences in tdpo; a larger one holds the policy closer to the reference.")
        double alpha)
        implements PairLoss {
    public Tdpo2 {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("tdpo-alpha", alpha, "0.5 is usual");
    }

    /** Creates the loss with its default parameters. */
    public Tdpo2() {
        this(0.1, 0.5);
    }

    @Override
    public String name() {
        return "tdpo";
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var klDifference =
                pairs.rejectedSequenceKl().minus(pairs.chosenSequenceKl().detach());
        Var difference = pairs.logRatioDifference().minus(klDifference.times(alpha));
        return difference.times(beta).logSigmoid().negate();
    }
}
