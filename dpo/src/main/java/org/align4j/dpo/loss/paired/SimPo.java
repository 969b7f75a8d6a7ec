package org.align4j.dpo.loss.paired;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairFormula;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * SimPO (Meng et al. 2024): {@code -log σ(β (m⁺ - m⁻) - γ)} on mean log-probabilities per token, without a reference.
 *
 * @param beta scales mean log-probabilities to rewards
 * @param gamma γ, the target margin
 * @param labelSmoothing the share of labels taken to be wrong
 * @see <a href="https://arxiv.org/abs/2405.14734">Meng et al. 2024, SimPO</a>
 */
@Traits({Trait.LENGTH_NORMALISED, Trait.TAKES_WEIGHTING})
public record SimPo(
        double beta,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "The margin that simpo and alphapo ask for; a larger one pushes the answers further apart.")
        double gamma,

        double labelSmoothing)
        implements PairLoss {
    public SimPo {
        Parameters.positiveBeta(beta);
        Parameters.notNegative("simpo-gamma", gamma, "0.5 is usual");
        Parameters.smoothing(labelSmoothing);
    }

    /** Creates the loss with its default parameters. */
    public SimPo() {
        this(2, 0.5, 0);
    }

    @Override
    public String name() {
        return "simpo";
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var difference = pairs.meanPolicyChosen().minus(pairs.meanPolicyRejected());
        return Logistic.loss(difference.times(beta).minus(gamma), labelSmoothing);
    }

    @Override
    public String formula() {
        return PairFormula.logistic(format("β (p⁺ / n⁺ − p⁻ / n⁻) − %s", gamma), labelSmoothing);
    }

    @Override
    public List<Var> rewards(PairTerms pairs) {
        return List.of(
                pairs.meanPolicyChosen().times(beta), pairs.meanPolicyRejected().times(beta));
    }
}
