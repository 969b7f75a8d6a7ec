package org.align4j.examples.lessons;

import java.util.Set;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Trait;

/**
 * The loss that lesson 9 writes: {@code -log σ(β (a - b)) + w max(0, -a)²}. The first part is DPO's; the second is a penalty where the chosen
 * answer has become less likely than under the reference (a below 0).
 *
 * @param beta scales log-ratios to rewards
 * @param anchor w, what a squared nat of loss in the chosen answer's log-probability costs
 */
public record Anchored(
        double beta,

        @Parameter(option = "anchor", help = "What a squared nat that the chosen answer loses costs.")
        double anchor)
        implements PairLoss {

    /** Creates the loss with its usual parameters. */
    public Anchored() {
        this(0.1, 0.1);
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.NEEDS_REFERENCE, Trait.PENALISES_FALL);
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var preference = pairs.logRatioDifference().times(beta).logSigmoid().negate();
        Var fall = pairs.chosenLogRatio().negate().relu();
        return preference.plus(fall.square().times(anchor));
    }
}
