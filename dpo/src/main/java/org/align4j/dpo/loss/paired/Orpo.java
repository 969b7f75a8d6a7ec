package org.align4j.dpo.loss.paired;

import java.util.List;
import java.util.Set;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.Trait;

/**
 * ORPO (Hong et al. 2024): a negative log-likelihood, minus {@code β log σ(d)} with d the difference of log-odds {@code log p -
 * log(1-p)}, p from the mean log-probability per token.
 *
 * @param beta the weight of the odds term
 * @param likelihoodWeight the weight of the likelihood term; 1 in the paper, 0 leaves it out
 * @param likelihood what the likelihood term is the mean of
 * @see <a href="https://arxiv.org/abs/2403.07691">Hong et al. 2024, ORPO</a>
 */
public record Orpo(
        double beta,
        double likelihoodWeight,

        @Parameter(
                help =
                        "What ORPO's likelihood is the mean of: all is every token of the batch's prompts and chosen answers, as in TRL; answer is each pair's mean over its chosen answer, as in the paper.")
        Likelihood likelihood)
        implements PairLoss {
    private static final Set<Trait> OF_ANSWERS = Set.of(Trait.LENGTH_NORMALISED, Trait.IMITATES_CHOSEN);
    private static final Set<Trait> OF_ALL =
            Set.of(Trait.LENGTH_NORMALISED, Trait.NEEDS_PROMPT_TOKENS, Trait.IMITATES_CHOSEN);

    /** What the likelihood term is the mean of. */
    public enum Likelihood {
        /** The tokens of the pair's chosen answer, then the pairs: every pair weighs the same. */
        ANSWER,
        /** All tokens of the batch's prompts and chosen answers: a long pair weighs more, and prompts are learned too. */
        ALL
    }

    /** The mean log-probability closest to 0 whose odds are finite. */
    private static final double CERTAIN = -Math.ulp(1.0);

    public Orpo {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("likelihoodWeight", likelihoodWeight, "1 is usual");
    }

    /** Creates the loss with the likelihood of prompt and chosen tokens that TRL takes. */
    public Orpo(double beta, double likelihoodWeight) {
        this(beta, likelihoodWeight, Likelihood.ALL);
    }

    /** Creates the loss with its default parameters. */
    public Orpo() {
        this(0.1, 1);
    }

    @Override
    public Set<Trait> traits() {
        return likelihood == Likelihood.ALL ? OF_ALL : OF_ANSWERS;
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var difference = logOdds(pairs.meanPolicyChosen()).minus(logOdds(pairs.meanPolicyRejected()));
        Var odds = difference.logSigmoid().times(-beta);
        Var unlikely = likelihood == Likelihood.ALL
                ? pairs.promptAndChosenNegativeLogLikelihood()
                : pairs.meanPolicyChosen().negate();
        return odds.plus(unlikely.times(likelihoodWeight));
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
