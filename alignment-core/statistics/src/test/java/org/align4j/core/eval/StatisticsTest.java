package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.align4j.core.eval.UsualWarnings.Forgetting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** By hand, and against scipy 1.x: {@code scipy.stats.binomtest(k, n).proportion_ci(0.95, 'wilson')}. */
class StatisticsTest {
    @ParameterizedTest
    @CsvSource({
        "8, 10, 0.4901624715366418, 0.9433178485456248",
        "0, 5, 0.0, 0.43448246478317476",
        "540, 1000, 0.5090152862022621, 0.5706785731188935",
        "300, 300, 0.9873570287754541, 1.0"
    })
    void wilsonEqualsScipy(int successes, int trials, double low, double high) {
        Interval interval = new Proportion(successes, trials).wilson(0.95);
        assertThat(interval.low()).isCloseTo(low, within(1e-6));
        assertThat(interval.high()).isCloseTo(high, within(1e-6));
    }

    /** Three pairs: 2 &gt; 1 right, 1 = 1 a tie and so wrong, 0 &lt; 3 wrong: one of three. */
    @Test
    void tiesCountWrong() {
        Proportion right = Proportion.chosenAbove(new double[] {2, 1, 0}, new double[] {1, 1, 3});
        assertThat(right).isEqualTo(new Proportion(1, 3));
    }

    @Test
    void notANumberCountsWrong() {
        assertThat(Proportion.chosenAbove(new double[] {Double.NaN}, new double[] {1})
                        .successes())
                .isZero();
    }

    @Test
    void impossibleProportionsAreRefused() {
        assertThatThrownBy(() -> new Proportion(0, 0)).hasMessageContaining("0 trials");
        assertThatThrownBy(() -> new Proportion(4, 3)).hasMessageContaining("4 successes");
        assertThatThrownBy(() -> Proportion.chosenAbove(new double[1], new double[2]))
                .hasMessageContaining("1 chosen values but 2 rejected");
        assertThatThrownBy(() -> Proportion.ofRate(1.2, 10)).hasMessageContaining("1.2");
    }

    @Test
    void forgettingAlarmsFromFivePercentOn() {
        assertThat(new Forgetting(10, 10.7).increaseFraction()).isCloseTo(0.07, within(1e-12));
        assertThat(new Forgetting(10, 10.49).alarm()).isFalse();
        assertThat(new Forgetting(10, 10.51).alarm()).isTrue();
        assertThat(new Forgetting(10, Double.NaN).alarm()).isTrue();
        assertThatThrownBy(() -> new Forgetting(0.5, 1)).hasMessageContaining("0.5");
    }

    /** Temperature and Brier score against scipy's minimize_scalar and numpy on the same eight margins. */
    @Test
    void calibrationEqualsScipy() {
        Calibration calibration = Calibration.of(new double[] {2, -1, 0.5, 3, -0.2, 1.5, 0, 4}, 10);
        assertThat(calibration.temperature()).isCloseTo(0.9567954877181409, within(1e-5));
        assertThat(calibration.brier()).isCloseTo(0.1599202690169727, within(1e-12));
    }

    /**
     * Confidence 0.75 is σ(ln 3). Four margins of ±ln 3, three right: confidence 0.75, accuracy 0.75, error 0. With two
     * right: error 0.25. In two bins (0.5–0.75, 0.75–1) they all lie in the second.
     */
    @Test
    void expectedErrorByHand() {
        double sure = Math.nextUp(Math.nextUp(Math.log(3)));
        Calibration exact = Calibration.of(new double[] {sure, sure, sure, -sure}, 2);
        assertThat(exact.bins()).hasSize(1);
        assertThat(exact.expectedError()).isCloseTo(0, within(1e-12));
        assertThat(exact.temperature()).isCloseTo(1, within(1e-5));
        Calibration overconfident = Calibration.of(new double[] {sure, sure, -sure, -sure}, 2);
        assertThat(overconfident.expectedError()).isCloseTo(0.25, within(1e-12));
        assertThat(overconfident.temperature()).isGreaterThan(100);
    }

    @Test
    void calibrationNeedsFiniteMargins() {
        assertThatThrownBy(() -> Calibration.of(new double[] {Double.NaN}, 10)).hasMessageContaining("finite");
        assertThatThrownBy(() -> Calibration.of(new double[0], 10)).hasMessageContaining("0 margins");
    }

    /** Positives 3, 2 against negatives 2, 1: of four pairs three are won and one is a tie, ⅞ in all. */
    @Test
    void areaUnderCurve() {
        boolean[] positive = {true, true, false, false};
        assertThat(AreaUnderCurve.of(new double[] {3, 2, 2, 1}, positive)).isEqualTo(0.875);
        assertThat(AreaUnderCurve.of(new double[] {1, 1, 1, 1}, positive)).isEqualTo(0.5);
        assertThat(AreaUnderCurve.of(new double[] {1, 2, 3, 4}, positive)).isEqualTo(0);
        assertThat(AreaUnderCurve.of(new double[] {1, 2}, new boolean[] {true, true}))
                .isNaN();
    }

    /** Of 0, 1, 2, 3 the quartiles lie at 0.25 · 3 = 0.75 and 0.75 · 3 = 2.25, between the draws; a draw without a number is left out. */
    @Test
    void quantilesOfABootstrapAreInterpolated() {
        double[][] draws = {{9, 3}, {9, 0}, {9, Double.NaN}, {9, 2}, {9, 1}};
        Interval quartiles = new ClusterBootstrap(5, 1, 0.5).interval(draws, 1);
        assertThat(quartiles.low()).isCloseTo(0.75, within(1e-12));
        assertThat(quartiles.high()).isCloseTo(2.25, within(1e-12));
    }
}
