package org.align4j.core.eval.win;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.eval.ClusterBootstrap;
import org.align4j.core.eval.win.WinRate.WinOutcome;
import org.junit.jupiter.api.Test;

class LengthControlTest {
    private static final ClusterBootstrap BOOTSTRAP = new ClusterBootstrap(200, 1, 0.95);
    private static final int LENGTH = 500;

    /** A judge that likes length: answers are 150 longer on average, and a win's log-odds are own + liking·tanh(Δ/250). */
    private static List<WinOutcome> planted(Random random, double own, double liking, double[] ease, boolean soft) {
        List<WinOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < ease.length; i++) {
            int difference = (int) Math.round(150 + 250 * random.nextGaussian());
            double p = Logistic.sigmoid(own + ease[i] + liking * Math.tanh(difference / 250.0));
            double win = soft ? p : random.nextDouble() < p ? 1 : 0;
            outcomes.add(new WinOutcome("prompt " + i, win, Math.max(0, LENGTH + 500 + difference), LENGTH + 500));
        }
        return outcomes;
    }

    private static LengthControl.Fit fit(LengthControl control) {
        LengthControl.Fit fit = control.fit();
        if (fit == null) {
            throw new AssertionError(control.reason());
        }
        return fit;
    }

    /** The system is no better, but longer and liked for it: raw above 60 %, controlled near 50 %. */
    @Test
    void aPlantedLikingForLengthIsFoundAndTakenOut() {
        List<WinOutcome> outcomes = planted(new Random(1), 0, 2, new double[1500], false);
        WinRate raw = WinRate.of(outcomes, 0.95);
        LengthControl.Fit fit = fit(LengthControl.of(outcomes, BOOTSTRAP));
        assertThat(raw.rate()).isGreaterThan(0.6);
        assertThat(fit.rate()).isCloseTo(0.5, within(0.04));
        assertThat(fit.interval().contains(0.5)).isTrue();
        assertThat(fit.lengthCoefficient()).isCloseTo(2, within(0.3));
        assertThat(fit.deviation()).isCloseTo(250, within(15.0));
        assertThat(fit.difficultyCoefficient()).isNull();
    }

    /** Soft preferences that follow the model leave nothing to chance: coefficients are found to rounding of the deviation. */
    @Test
    void softPreferencesThatFollowTheModelGiveItBack() {
        List<WinOutcome> outcomes = planted(new Random(2), 0.8, 1, new double[400], true);
        LengthControl.Fit fit = fit(LengthControl.of(outcomes, BOOTSTRAP));
        assertThat(fit.rate()).isCloseTo(Logistic.sigmoid(0.8), within(0.005));
        assertThat(fit.constant()).isCloseTo(0.8, within(0.02));
    }

    /** Without any liking the controlled rate is the raw one. */
    @Test
    void withoutALikingNothingIsTakenOut() {
        List<WinOutcome> outcomes = planted(new Random(3), 0.5, 0, new double[1500], false);
        LengthControl.Fit fit = fit(LengthControl.of(outcomes, BOOTSTRAP));
        assertThat(fit.rate()).isCloseTo(WinRate.of(outcomes, 0.95).rate(), within(0.02));
    }

    /** Equal lengths throughout: there is nothing to control for, and the rate is the raw one. */
    @Test
    void equalLengthsLeaveTheRate() {
        List<WinOutcome> outcomes = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            outcomes.add(new WinOutcome("prompt " + i, i % 4 == 0 ? 0 : 1, 100, 100));
        }
        assertThat(fit(LengthControl.of(outcomes, BOOTSTRAP)).rate()).isCloseTo(0.75, within(1e-4));
    }

    /** Newton's fit minimises the loss: moving any coefficient either way raises it (a slow oracle by hand). */
    @Test
    void theFitIsAMinimum() {
        List<WinOutcome> outcomes = planted(new Random(4), 0.3, 1.2, new double[200], false);
        LengthControl.Fit fit = fit(LengthControl.of(outcomes, BOOTSTRAP));
        double least = loss(outcomes, fit.constant(), fit.lengthCoefficient(), fit.deviation());
        for (double step : new double[] {-1e-3, 1e-3}) {
            assertThat(loss(outcomes, fit.constant() + step, fit.lengthCoefficient(), fit.deviation()))
                    .isGreaterThan(least);
            assertThat(loss(outcomes, fit.constant(), fit.lengthCoefficient() + step, fit.deviation()))
                    .isGreaterThan(least);
        }
    }

    private static double loss(List<WinOutcome> outcomes, double a, double b, double deviation) {
        double loss = 0;
        for (WinOutcome outcome : outcomes) {
            double p = 1 / (1 + Math.exp(-a - b * Math.tanh((outcome.length() - outcome.againstLength()) / deviation)));
            loss -= outcome.win() * Math.log(p) + (1 - outcome.win()) * Math.log(1 - p);
        }
        return loss;
    }

    /** Two other systems meet the same easy and hard prompts: the ease of each is read off the other. */
    @Test
    void promptDifficultyIsReadOffTheOtherSystems() {
        Random random = new Random(5);
        double[] ease = random.doubles(800).map(u -> u < 0.5 ? -2 : 2).toArray();
        Map<String, List<WinOutcome>> outcomes = new LinkedHashMap<>();
        outcomes.put("one", planted(random, 0, 1.5, ease, false));
        outcomes.put("other", planted(random, 0.5, 1.5, ease, false));
        Map<String, LengthControl> controls = LengthControl.of(outcomes, BOOTSTRAP);
        LengthControl.Fit one = fit(controls.getOrDefault("one", new LengthControl(null, "")));
        assertThat(one.difficultyCoefficient()).isNotNull().isGreaterThan(1);
        assertThat(one.rate()).isCloseTo(0.5, within(0.05));
        assertThat(controls.keySet()).containsExactly("one", "other");
    }

    @Test
    void whatCantBeToldIsSaid() {
        List<WinOutcome> longer = new ArrayList<>();
        List<WinOutcome> separated = new ArrayList<>();
        List<WinOutcome> won = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            longer.add(new WinOutcome("p" + i, i % 2, 300 + i, 200 + (i == 0 ? 200 : 0)));
            separated.add(new WinOutcome("p" + i, i < 50 ? 0 : 1, 200 + i, 250));
            won.add(new WinOutcome("p" + i, 1, 200 + i, 250));
        }
        assertThat(LengthControl.of(longer, BOOTSTRAP).reason())
                .contains("not identifiable", "longer", "all but 1 of 100", "at least 5");
        assertThat(LengthControl.of(separated, BOOTSTRAP).reason()).contains("length alone separates");
        LengthControl all = LengthControl.of(won, BOOTSTRAP);
        assertThat(all.reason()).contains("every one of the 100 comparisons is a win");
        assertThat(all.identifiable()).isFalse();
    }
}
