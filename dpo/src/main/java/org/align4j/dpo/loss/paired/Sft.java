package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * Negative log-likelihood of the chosen responses, one mean over all their tokens in the batch. In a mix with sigmoid it keeps
 * the chosen log-probability from falling (RPO, Pang et al. 2024).
 *
 * @param beta only scales the rewards that are reported
 * @see <a href="https://arxiv.org/abs/2404.19733">Pang et al. 2024, Iterative reasoning preference optimization</a>
 */
@Traits({
    Trait.NEEDS_REFERENCE,
    Trait.TOKEN_MEAN,
    Trait.TAKES_DIVERGENCE,
    Trait.TAKES_LENGTH_DISCOUNT,
    Trait.TAKES_WEIGHTING,
    Trait.IMITATES_CHOSEN,
    Trait.CHOSEN_ALONE
})
public record Sft(double beta) implements PairLoss {
    public Sft {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public Sft() {
        this(0.1);
    }

    @Override
    public Var losses(PairTerms pairs) {
        return pairs.chosenNegativeLogLikelihood();
    }
}
