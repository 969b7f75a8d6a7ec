package org.align4j.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.align4j.core.autodiff.Var;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.options.OptionsSpec;
import org.align4j.dpo.loss.LossKind;
import org.align4j.dpo.loss.LossKind.LossParameter;
import org.align4j.dpo.loss.PairLoss;
import org.align4j.dpo.loss.PairTerms;
import org.align4j.dpo.loss.Parameter;
import org.align4j.dpo.loss.PreferenceLoss;
import org.align4j.dpo.loss.Trait;
import org.junit.jupiter.api.Test;

/** Which options of {@code align dpo} rescale which of its figures. */
class DpoScalesTest {
    private static final FigureScales SCALES = new DpoReport().scales();

    /** An option that nobody decided on would keep all runs that differ in it from being compared: decide in DpoScales or the loss. */
    @Test
    void everyOptionIsDecided() {
        TreeSet<String> options = new TreeSet<>(OptionsSpec.of(DpoOptions.class).names());
        assertThat(options).allMatch(SCALES::decides);
        assertThat(SCALES.rescaled().keySet()).containsExactlyInAnyOrderElementsOf(options);
    }

    /** A loss of somebody else: of one parameter it says that it changes no scale, of the other nothing. */
    @PreferenceLoss.Traits({Trait.NEEDS_REFERENCE})
    public record Own(
            double beta,

            @Parameter(help = "Sharper.", rescales = Parameter.Rescales.NOTHING)
            double sharpness,

            @Parameter(help = "Odder.") double oddity)
            implements PairLoss {
        /** Creates the loss as it usually is. */
        public Own() {
            this(0.1, 1, 2);
        }

        @Override
        public Var losses(PairTerms pairs) {
            return pairs.scoreDifference().times(beta).logSigmoid().negate();
        }
    }

    @Test
    void aParameterOfSomebodysOwnLossCountsAsRescalingUnlessItSaysOtherwise() {
        LossKind own = LossKind.parse(Own.class.getName());
        assertThat(own.parameters())
                .extracting(LossParameter::rescales)
                .containsExactly(Parameter.Rescales.NOTHING, Parameter.Rescales.UNDECIDED);
        FigureScales scales = new DpoReport(java.util.List.of(own), true).scales();
        assertThat(scales.rescales("own-sharpness", "loss")).isFalse();
        assertThat(scales.decides("own-oddity")).isFalse();
        assertThat(scales.rescales("own-oddity", "eval_rewards/margins")).isTrue();
        assertThat(scales.rescales("own-oddity", "margin")).isFalse();
    }

    /** β scales rewards and the loss, and moves neither accuracy nor what the core measures in nats. */
    @Test
    void betaScalesRewards() {
        assertThat(SCALES.rescales("beta", "eval_rewards/margins")).isTrue();
        assertThat(SCALES.rescales("beta", "loss/sigmoid")).isTrue();
        assertThat(SCALES.rescales("beta", "rewards/accuracies")).isFalse();
        assertThat(SCALES.rescales("loss", "rewards/accuracies")).isTrue();
        assertThat(SCALES.rescales("simpo-gamma", "loss")).isTrue();
        assertThat(SCALES.rescales("simpo-gamma", "rewards/chosen")).isFalse();
        assertThat(SCALES.rescales("loss", "margin")).isFalse();
        assertThat(SCALES.rescales("model", "win_rate")).isTrue();
    }
}
