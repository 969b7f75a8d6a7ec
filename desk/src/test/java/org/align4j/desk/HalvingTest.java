package org.align4j.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.figure.ScaledFigure.Basis;
import org.align4j.desk.SweepOptions.Search;
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
        Map<Integer, ScaledFigure> figures =
                Map.of(0, figure(1.0), 1, figure(2.0), 2, figure(2.0), 3, figure(0.5), 7, figure(2.0));
        assertThat(Halving.chosen(figures, 2, true)).containsExactly(1, 2);
        assertThat(Halving.chosen(figures, 2, false)).containsExactly(0, 3);
        assertThat(Halving.chosen(figures, 9, true)).containsExactly(0, 1, 2, 3, 7);
    }

    private static ScaledFigure figure(double value) {
        return ScaledFigure.of("trial", Basis.of("margin", "rows"), value);
    }

    /** A setting whose scores have another penalty taken off is chosen before no other one, and none before it. */
    @Test
    void noneIsChosenAcrossScales() {
        ScaledFigure fined = ScaledFigure.of("fined", Basis.of("margin", "rows").on("missing-eos-penalty", "5"), 9);
        assertThatThrownBy(() -> Halving.chosen(Map.of(0, figure(1), 1, fined), 1, true))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("missing-eos-penalty differs");
    }

    /** A grid of penalty and rate has two scales, each with every rate; one of rates has one. */
    @Test
    void aGridOfPenaltyAndRateIsRankedWithinEachPenalty() {
        SweptOption penalty = SweptOption.parse("missing-eos-penalty=0,5");
        SweptOption rate = SweptOption.parse("learning-rate=1e-3,3e-3");
        SweepPlan grid = plan(List.of(penalty, rate));
        assertThat(grid.rescaled()).containsExactly("missing-eos-penalty");
        assertThat(grid.byScale())
                .containsExactly(
                        Map.entry(Map.of("missing-eos-penalty", "0"), List.of(0, 1)),
                        Map.entry(Map.of("missing-eos-penalty", "5"), List.of(2, 3)));
        assertThat(plan(List.of(rate)).byScale()).containsExactly(Map.entry(Map.of(), List.of(0, 1)));
    }

    private static SweepPlan plan(List<SweptOption> swept) {
        return new SweepPlan(
                SweepPlan.VERSION, "ppo", Map.of(), swept, Search.GRID, 3, 1, "score", 0, SweepPlan.grid(swept));
    }
}
