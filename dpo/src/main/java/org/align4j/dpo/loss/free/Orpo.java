package org.align4j.dpo.loss.free;

import java.util.List;
import java.util.Set;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.Trait;

/**
 * ORPO (Hong et al. 2024): the mean negative log-likelihood of prompt and chosen tokens, minus {@code β log σ(d)} with d the
 * difference of log-odds {@code log p - log(1-p)}, p from the mean log-probability per token.
 *
 * @param beta the weight of the odds term
 * @param likelihoodWeight the weight of the likelihood term; 1 in the paper, 0 leaves it out
 */
public record Orpo(double beta, double likelihoodWeight) implements PairLoss {
    private static final Set<Trait> TRAITS =
            Set.of(Trait.LENGTH_NORMALISED, Trait.NEEDS_PROMPT_TOKENS, Trait.IMITATES_CHOSEN);

    /** The mean log-probability closest to 0 whose odds are finite. */
    private static final double CERTAIN = -Math.ulp(1.0);

    public Orpo {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("likelihoodWeight", likelihoodWeight, "1 is usual");
    }

    /** Creates the loss with its default parameters. */
    public Orpo() {
        this(0.1, 1);
    }

    @Override
    public Set<Trait> traits() {
        return TRAITS;
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var difference = logOdds(pairs.meanPolicyChosen()).minus(logOdds(pairs.meanPolicyRejected()));
        Var odds = difference.logSigmoid().times(-beta);
        return odds.plus(pairs.promptAndChosenNegativeLogLikelihood().times(likelihoodWeight));
    }

    private static Var logOdds(Var meanLogProb) {
        Var uncertain = meanLogProb.clamp(Double.NEGATIVE_INFINITY, CERTAIN);
        return uncertain.minus(uncertain.logOneMinusExp());
    }

    @Override
    public List<Var> rewards(PairTerms pairs) {
        return List.of(
                pairs.meanPolicyChosen().times(beta), pairs.meanPolicyRejected().times(beta));
    }
}
