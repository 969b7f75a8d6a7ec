package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rungs and choices, by hand. */
class HalvingTest {
    /** Of 9 settings with 12 steps, 3 go on and then 1: 12 / 3 / 3 is 1 step, then 3, then all 12. */
    @Test
    void rungsGrowByTheReduction() {
        assertThat(Halving.rungs(12, 9, 3, 0, 1)).containsExactly(1, 3, 12);
        assertThat(Halving.rungs(12, 27, 3, 0, 1)).containsExactly(1, 3, 9, 12);
        assertThat(Halving.rungs(900, 27, 3, 0, 1)).containsExactly(33, 99, 297, 900);
        assertThat(Halving.rungs(8, 4, 2, 0, 1)).containsExactly(2, 4, 8);
    }

    /** A rung is evaluated, so it is a multiple of the steps between evaluations. */
    @Test
    void rungsFallOnEvaluations() {
        assertThat(Halving.rungs(900, 9, 3, 0, 50)).containsExactly(100, 300, 900);
        assertThat(Halving.rungs(900, 9, 3, 40, 50)).containsExactly(50, 150, 900);
        assertThat(Halving.rungs(40, 9, 3, 0, 50)).containsExactly(40);
    }

    @Test
    void oneOfSoManyGoesOnAndOneAtLeast() {
        assertThat(Halving.kept(9, 3)).isEqualTo(3);
        assertThat(Halving.kept(5, 3)).isEqualTo(1);
        assertThat(Halving.kept(1, 3)).isEqualTo(1);
    }

    @Test
    void theBestAreChosenAndTiesGoToTheLowerNumber() {
        Map<Integer, Double> figures = Map.of(0, 1.0, 1, 2.0, 2, 2.0, 3, 0.5, 7, 2.0);
        assertThat(Halving.chosen(figures, 2, true)).containsExactly(1, 2);
        assertThat(Halving.chosen(figures, 2, false)).containsExactly(0, 3);
        assertThat(Halving.chosen(figures, 9, true)).containsExactly(0, 1, 2, 3, 7);
    }
}
