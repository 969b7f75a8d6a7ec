package org.align4j.dpo.loss.paired;

import org.align4j.core.autodiff.Var;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.Parameters;
import org.align4j.dpo.loss.PreferenceLoss.Traits;
import org.align4j.dpo.loss.Trait;
import org.align4j.dpo.loss.UnpairedLoss;
import org.align4j.dpo.loss.UnpairedTerms;

/**
 * KTO (Ethayarajh et al. 2024): with u the log-ratio and z the batch's KL estimate, {@code w⁺ (1 - σ(β(u - z)))} for a
 * desirable response and {@code w⁻ (1 - σ(β(z - u)))} for an undesirable one.
 *
 * @param beta scales log-ratios to rewards
 * @param desirableWeight what a desirable row counts
 * @param undesirableWeight what an undesirable row counts
 * @see <a href="https://arxiv.org/abs/2402.01306">Ethayarajh et al. 2024, KTO</a>
 */
@Traits({Trait.NEEDS_REFERENCE, Trait.MEANINGLESS_WITHOUT_REFERENCE, Trait.NEEDS_MISMATCHED_ROWS})
public record Kto(
        double beta,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "The weight of a desirable row in kto and apo_zero_unpaired; a larger one counts it more.",
                option = "desirable-weight")
        double desirableWeight,

        @Parameter(
                rescales = Parameter.Rescales.LOSS,
                help = "The weight of an undesirable row in kto and apo_zero_unpaired; a larger one counts it more.",
                option = "undesirable-weight")
        double undesirableWeight)
        implements UnpairedLoss {
    public Kto {
        Parameters.positiveBeta(beta);
        Parameters.positive("desirable-weight", desirableWeight, "1 is usual");
        Parameters.positive("undesirable-weight", undesirableWeight, "1 is usual");
    }

    /** Creates the loss with its default parameters. */
    public Kto() {
        this(0.1, 1, 1);
    }

    @Override
    public Var losses(UnpairedTerms rows) {
        Var value = rows.signed(rows.logRatio().minus(rows.klEstimate())).times(beta);
        return rows.weighted(value.negate().sigmoid(), desirableWeight, undesirableWeight);
    }
}
