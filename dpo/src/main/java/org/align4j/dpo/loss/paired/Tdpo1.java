package org.align4j.dpo.loss.paired;

import java.util.Set;
import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.Trait;

/**
 * TDPO, first version (Zeng et al. 2024): {@code -log σ(β (a - b - (KL(y⁻) - KL(y⁺))))} with the KL divergence of reference and
 * policy summed over each response, differentiated on both sides.
 *
 * @param beta scales log-ratios to rewards
 */
public record Tdpo1(double beta) implements PairLoss {
    private static final Set<Trait> TRAITS =
            Set.of(Trait.NEEDS_REFERENCE, Trait.NEEDS_SEQUENCE_KL, Trait.TAKES_WEIGHTING);

    public Tdpo1 {
        Parameters.positiveBeta(beta);
    }

    @Override
    public Set<Trait> traits() {
        return TRAITS;
    }

    @Override
    public Var losses(PairTerms pairs) {
        Var klDifference = pairs.rejectedSequenceKl().minus(pairs.chosenSequenceKl());
        return pairs.logRatioMargin()
                .minus(klDifference)
                .times(beta)
                .logSigmoid()
                .negate();
    }
}
