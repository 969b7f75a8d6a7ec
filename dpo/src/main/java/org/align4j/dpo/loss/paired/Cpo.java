package org.align4j.dpo.loss.paired;

import java.util.List;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * CPO (Xu et al. 2024), DPO with a uniform reference: {@code -log σ(βΔ)} with Δ = log π(y⁺) − log π(y⁻), label smoothing as in
 * cDPO, plus {@code α} times the mean negative log-likelihood of the chosen tokens.
 *
 * @param beta scales log-probabilities to rewards
 * @param labelSmoothing the share of labels taken to be wrong
 * @param alpha the weight of the likelihood term; 0 leaves it out
 * @see <a href="https://arxiv.org/abs/2401.08417">Xu et al. 2024, Contrastive preference optimization</a>
 */
@Traits({Trait.TAKES_LABEL_SMOOTHING, Trait.IMITATES_CHOSEN})
public record Cpo(
        double beta,
        double labelSmoothing,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "The weight of cpo's likelihood term; a larger one keeps the chosen answer likelier.")
        double alpha)
        implements PairLoss {
    public Cpo {
        Parameters.positiveBeta(beta);
        Parameters.smoothing(labelSmoothing);
        Parameters.notNegative("cpo-alpha", alpha, "1 is usual");
    }

    /** Creates the loss with its default parameters. */
    public Cpo() {
        this(0.1, 0, 1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var difference = pairs.policyChosen().minus(pairs.policyRejected());
        Var preference = Logistic.loss(difference.times(beta), labelSmoothing);
        return preference.plus(pairs.chosenNegativeLogLikelihood().times(alpha));
    }

    @Override
    public List<Var> rewards(PairTerms pairs) {
        return List.of(pairs.policyChosen().times(beta), pairs.policyRejected().times(beta));
    }
}
