package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.options.OptionsSpec;
import org.align4j.reward.report.RewardReport;
import org.junit.jupiter.api.Test;

/** Which options of {@code align reward} rescale which of its figures. */
class RewardScalesTest {
    private static final FigureScales SCALES = new RewardReport().scales();

    /** An option that nobody decided on would keep all runs that differ in it from being compared: decide in RewardFigures. */
    @Test
    void everyOptionIsDecided() {
        TreeSet<String> options =
                new TreeSet<>(OptionsSpec.of(RewardOptions.class).names());
        assertThat(options).allMatch(SCALES::decides);
        assertThat(SCALES.rescaled().keySet()).containsExactlyInAnyOrderElementsOf(options);
    }

    @Test
    void centeringMovesTheLossAlone() {
        assertThat(SCALES.rescales("centering", "eval_loss")).isTrue();
        assertThat(SCALES.rescales("centering", "accuracy")).isFalse();
    }
}
