package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Logistic;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * AOT (Melnyk et al. 2024) on pairs: the log-probability differences of policy and of reference, each sorted within the batch, differ by d;
 * {@code -(1-ε) log σ(βd) - ε log σ(-βd)}. The k-th number belongs to the k-th smallest differences, not to pair k.
 *
 * @param beta scales log-ratios to rewards
 * @param labelSmoothing the share of labels taken to be wrong
 * @see <a href="https://arxiv.org/abs/2406.05882">Melnyk et al. 2024, Distributional preference alignment</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.NEEDS_WHOLE_BATCH, Trait.TAKES_LABEL_SMOOTHING, Trait.TAKES_LENGTH_DISCOUNT})
public record Aot(double beta, double labelSmoothing) implements PairLoss {
    public Aot {
        Parameters.positiveBeta(beta);
        Parameters.smoothing(labelSmoothing);
    }

    /** Creates the loss with its default parameters. */
    public Aot() {
        this(0.1, 0);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var policy = pairs.policyChosen().minus(pairs.policyRejected()).sorted();
        Var reference = pairs.referenceChosen().minus(pairs.referenceRejected()).sorted();
        return Logistic.loss(policy.minus(reference).times(beta), labelSmoothing);
    }
}
