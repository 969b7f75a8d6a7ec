package org.align4j.dpo.loss.paired;

import java.util.List;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * AlphaPO (Gupta et al. 2025): SimPO with another reward shape, {@code -log σ(β (r⁺ - r⁻) - γ)} with {@code r = (1 - p^-α) / α}
 * and p the mean probability per token, {@code log p} the mean log-probability.
 *
 * @param beta scales rewards
 * @param gamma γ, the target margin
 * @param alpha the shape; at 0 it would be SimPO
 * @see <a href="https://arxiv.org/abs/2501.03884">Gupta et al. 2025, AlphaPO</a>
 */
@Traits({Trait.LENGTH_NORMALISED, Trait.TAKES_WEIGHTING})
public record AlphaPo(
        double beta,

        @Parameter(
                help = "The margin that simpo and alphapo ask for; a larger one pushes the answers further apart.",
                option = "simpo-gamma")
        double gamma,

        @Parameter(
                help =
                        "The reward shape of alphapo; the further from 0, the more it bends away from simpo's logarithm.")
        double alpha)
        implements PairLoss {
    public AlphaPo {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("simpo-gamma", gamma, "0.5 is usual");
        Parameters.notZero("alphapo-alpha", alpha, "0.25 is usual, and simpo stands for 0");
    }

    /** Creates the loss with its default parameters. */
    public AlphaPo() {
        this(0.1, 0.5, 0.25);
    }

    @Override
    public String name() {
        return "alphapo";
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var difference = shaped(pairs.meanPolicyChosen()).minus(shaped(pairs.meanPolicyRejected()));
        return difference.times(beta).minus(gamma).logSigmoid().negate();
    }

    private Var shaped(Var meanLogProb) {
        return meanLogProb.times(-alpha).expMinusOne().over(-alpha);
    }

    @Override
    public List<Var> rewards(PairTerms pairs) {
        return List.of(
                shaped(pairs.meanPolicyChosen()).times(beta),
                shaped(pairs.meanPolicyRejected()).times(beta));
    }
}
