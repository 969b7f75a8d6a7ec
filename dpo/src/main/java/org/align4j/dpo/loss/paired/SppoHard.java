package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;

/**
 * SPPO with hard labels (Wu et al. 2024): {@code (a - 1/(2β))² + (b + 1/(2β))²}.
 *
 * @param beta scales log-ratios to rewards
 * @see <a href="https://arxiv.org/abs/2405.00675">Wu et al. 2024, Self-play preference optimization</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.TAKES_LENGTH_DISCOUNT, Trait.TAKES_WEIGHTING, Trait.WANTS_CERTAIN_MARGIN})
public record SppoHard(double beta) implements PairLoss {
    public SppoHard {
        Parameters.positiveBeta(beta);
    }

    /** Creates the loss with its default parameters. */
    public SppoHard() {
        this(0.001);
    }

    @Override
    public Var losses(PairTerms pairs) {
        double target = 1 / (2 * beta);
        Var chosen = pairs.chosenLogRatio().minus(target).square();
        Var rejected = pairs.rejectedLogRatio().plus(target).square();
        return chosen.plus(rejected);
    }
}
