package org.align4j.core.sft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.options.OptionsSpec;
import org.junit.jupiter.api.Test;

/** Which options of {@code align sft} rescale which of its figures. */
class SftScalesTest {
    private static final FigureScales SCALES = new SftReport().scales();

    /** An option that nobody decided on would keep all runs that differ in it from being compared: decide in LoopFigures. */
    @Test
    void everyOptionIsDecided() {
        TreeSet<String> options =
                new TreeSet<>(OptionsSpec.of(SftMethod.SftOptions.class).names());
        assertThat(options).allMatch(SCALES::decides);
        assertThat(SCALES.rescaled().keySet()).containsExactlyInAnyOrderElementsOf(options);
    }

    @Test
    void undecidedOptionsRescaleEverythingAndOthersWhatTheySay() {
        FigureScales scales = FigureScales.NONE
                .rescaling(java.util.Set.of("loss", "rewards/"), "beta")
                .undecided(java.util.Set.of("loss"), "own")
                .leaving("learning-rate");
        assertThat(scales.rescales("beta", "eval_loss")).isTrue();
        assertThat(scales.rescales("beta", "eval_rewards/margins")).isTrue();
        assertThat(scales.rescales("beta", "losses")).isFalse();
        assertThat(scales.rescales("learning_rate", "loss")).isFalse();
        assertThat(scales.rescales("own", "loss")).isTrue();
        assertThat(scales.rescales("own", "margin")).isFalse();
        assertThat(scales.decides("own")).isFalse();
        assertThat(scales.rescales("unheard-of", "margin")).isTrue();
    }
}
