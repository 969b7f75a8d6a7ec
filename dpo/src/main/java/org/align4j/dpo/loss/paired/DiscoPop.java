package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * DiscoPOP (Lu et al. 2024), a loss found by search: with z = βΔ and m = σ(z/τ), {@code (1-m) (-log σ(z)) + m e^-z}.
 *
 * @param beta scales log-ratios to rewards
 * @param tau how sharply the two terms take turns
 * @see <a href="https://arxiv.org/abs/2406.08414">Lu et al. 2024, Discovering preference optimization algorithms</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_DIVERGENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING})
public record DiscoPop(
        double beta,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "How slowly the two terms of discopop take turns; a larger one mixes them over more margins.")
        double tau)
        implements PairLoss {
    public DiscoPop {
        Parameters.positiveBeta(beta);
        Parameters.positive("discopop-tau", tau, "0.05 is usual");
    }

    /** Creates the loss with its default parameters. */
    public DiscoPop() {
        this(0.1, 0.05);
    }

    @Override
    public String name() {
        return "discopop";
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var z = pairs.scoreDifference().times(beta);
        Var m = z.over(tau);
        Var logistic = m.negate().sigmoid().times(z.logSigmoid());
        // m e^-z in one exponent: for very negative z both factors leave the range of doubles.
        Var exponential = m.logSigmoid().minus(z).exp();
        return exponential.minus(logistic);
    }
}
