package org.align4j.ppo.distill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.options.OptionsSpec;
import org.junit.jupiter.api.Test;

/** Which options of {@code align distill} rescale which of its figures. */
class DistillScalesTest {
    private static final FigureScales SCALES = new DistillReport().scales();

    /** An option that nobody decided on would keep all runs that differ in it from being compared: decide in DistillReport. */
    @Test
    void everyOptionIsDecided() {
        TreeSet<String> options =
                new TreeSet<>(OptionsSpec.of(DistillOptions.class).names());
        assertThat(options).allMatch(SCALES::decides);
        assertThat(SCALES.rescaled().keySet()).containsExactlyInAnyOrderElementsOf(options);
    }

    @Test
    void theDivergenceHasAScaleOfItsOwn() {
        assertThat(SCALES.rescales("divergence-beta", "divergence")).isTrue();
        assertThat(SCALES.rescales("divergence-beta", "agreement")).isFalse();
        assertThat(SCALES.rescales("teacher", "agreement")).isTrue();
    }
}
