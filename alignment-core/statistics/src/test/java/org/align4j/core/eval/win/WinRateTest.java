package org.align4j.core.eval.win;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.eval.win.WinRate.WinOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WinRateTest {
    private static List<WinOutcome> outcomes(double... wins) {
        return IntStream.range(0, wins.length)
                .mapToObj(i -> new WinOutcome("prompt " + i, wins[i], 1, 1))
                .toList();
    }

    private static Interval wilson(WinRate rate) {
        Interval wilson = rate.wilson();
        assertThat(wilson).isNotNull();
        return wilson == null ? rate.clustered() : wilson;
    }

    /** Two wins, a tie and a loss: (2 + 0.5) / 4. Decided 2 to 1: P = 2·(1 + 3)/8 = 1. */
    @Test
    void aTieIsHalfAWin() {
        WinRate rate = WinRate.of(outcomes(1, 0.5, 1, 0), 0.95);
        assertThat(rate.rate()).isEqualTo(0.625);
        assertThat(List.of(rate.wins(), rate.ties(), rate.losses(), rate.comparisons(), rate.prompts()))
                .containsExactly(2, 1, 1, 4, 4);
        assertThat(rate.wilson()).isNull();
        assertThat(rate.signTest()).isEqualTo(1);
    }

    /** Eight of ten: 2·(1 + 10 + 45)/1024; scipy.stats.binomtest(8, 10).pvalue is 0.109375, its Wilson interval as below. */
    @Test
    void withoutTiesWilsonAndTheSignTestAreScipys() {
        WinRate rate = WinRate.of(outcomes(1, 1, 0, 1, 1, 1, 0, 1, 1, 1), 0.95);
        assertThat(rate.signTest()).isCloseTo(0.109375, within(1e-12));
        assertThat(wilson(rate).low()).isCloseTo(0.4901624715366418, within(1e-6));
        assertThat(wilson(rate).high()).isCloseTo(0.9433178485456248, within(1e-6));
    }

    /** Two of four: nothing is less one-sided. */
    @Test
    void anEvenSplitHasTheProbabilityOne() {
        assertThat(WinRate.of(outcomes(1, 0, 0, 1), 0.95).signTest()).isEqualTo(1);
    }

    /** A judge that says 0.9 and 0.3: mean 0.6, one win and one loss, and nothing that a binomial interval could count. */
    @Test
    void aSoftPreferenceIsNoCount() {
        WinRate rate = WinRate.of(outcomes(0.9, 0.3), 0.95);
        assertThat(rate.rate()).isCloseTo(0.6, within(1e-12));
        assertThat(List.of(rate.wins(), rate.ties(), rate.losses())).containsExactly(1, 0, 1);
        assertThat(rate.wilson()).isNull();
    }

    /** Twenty wins in a row say less than that the next twenty are won: Wilson's bound of 20 of 20. */
    @Test
    void promptsThatAreAllAlikeHaveAnIntervalToo() {
        double[] wins = new double[20];
        Arrays.fill(wins, 1);
        WinRate rate = WinRate.of(outcomes(wins), 0.95);
        assertThat(rate.clustered().low())
                .isCloseTo(new Proportion(20, 20).wilson(0.95).low(), within(1e-9));
        Arrays.fill(wins, 0.5);
        assertThat(WinRate.of(outcomes(wins), 0.95).clustered().low()).isBetween(0.25, 0.35);
    }

    /** Two answers to each of 20 prompts, all wins: 20 prompts were asked, not 40. */
    @Test
    void answersToOnePromptAreOneTrialWhereAllAreAlike() {
        double[] wins = new double[20];
        Arrays.fill(wins, 1);
        List<WinOutcome> twice = new ArrayList<>(outcomes(wins));
        twice.addAll(outcomes(wins));
        WinRate rate = WinRate.of(twice, 0.95);
        assertThat(rate.comparisons()).isEqualTo(40);
        assertThat(rate.clustered()).isEqualTo(WinRate.of(outcomes(wins), 0.95).clustered());
    }

    /** Two of the three answers to the first prompt win, one loses: the prompt is one win for the sign test. */
    @Test
    void theSignTestCountsPrompts() {
        List<WinOutcome> three = new ArrayList<>();
        for (double win : new double[] {1, 1, 0}) {
            three.add(new WinOutcome("a", win, 1, 1));
        }
        three.add(new WinOutcome("b", 1, 1, 1));
        WinRate rate = WinRate.of(three, 0.95);
        assertThat(rate.prompts()).isEqualTo(2);
        assertThat(rate.signTest()).isEqualTo(0.5);
        assertThat(rate.rate()).isEqualTo(0.75);
    }

    @Test
    void theOtherSideHasTheRest() {
        WinRate one = WinRate.of(outcomes(1, 0.5, 1, 0, 1, 0.2, 1), 0.95);
        WinRate other = WinRate.of(outcomes(0, 0.5, 0, 1, 0, 0.8, 0), 0.95);
        assertThat(one.rate() + other.rate()).isCloseTo(1, within(1e-12));
        assertThat(one.clustered().low() + other.clustered().high()).isCloseTo(1, within(1e-12));
        assertThat(one.signTest()).isEqualTo(other.signTest());
    }

    /** Each prompt doubled word for word: rate and clustered interval stay, while Wilson's shrinks. */
    @Test
    void copiesOfAnAnswerAreNoEvidence() {
        SplittableRandom random = new SplittableRandom(3);
        double[] wins = IntStream.range(0, 100)
                .mapToDouble(i -> random.nextInt(10) < 6 ? 1 : 0)
                .toArray();
        List<WinOutcome> twice = new ArrayList<>(outcomes(wins));
        twice.addAll(outcomes(wins));
        WinRate once = WinRate.of(outcomes(wins), 0.95);
        WinRate doubled = WinRate.of(twice, 0.95);
        assertThat(doubled.clustered()).isEqualTo(once.clustered());
        assertThat(wilson(doubled).high() - wilson(doubled).low())
                .isLessThan(0.8 * (wilson(once).high() - wilson(once).low()));
    }

    /**
     * 400 simulated comparisons of 300 prompts: 95 % ± 3 standard errors of 1.1 points; docs/bench/Coverage.java does 2,000.
     */
    @ParameterizedTest
    @CsvSource({"0.5, 0, 1", "0.6, 0.2, 1", "0.8, 0.2, 1", "0.8, 0, 1", "0.6, 0, 5"})
    void intervalsHoldTheTruthAsOftenAsTheySay(double truth, double ties, int answers) {
        int comparisons = 400;
        SplittableRandom random = new SplittableRandom(11);
        int wilson = 0;
        int clustered = 0;
        for (int c = 0; c < comparisons; c++) {
            WinRate rate = WinRate.of(simulated(random, truth, ties, answers), 0.95);
            clustered += rate.clustered().contains(truth) ? 1 : 0;
            wilson += ties == 0 && wilson(rate).contains(truth) ? 1 : 0;
        }
        assertThat((double) clustered / comparisons).isBetween(0.917, 0.983);
        if (ties == 0) {
            double plain = (double) wilson / comparisons;
            assertThat(plain).isBetween(answers == 1 ? 0.917 : 0.5, answers == 1 ? 0.983 : 0.75);
        }
    }

    private static List<WinOutcome> simulated(SplittableRandom random, double truth, double ties, int answers) {
        double win = (truth - ties / 2) / (1 - ties);
        List<WinOutcome> outcomes = new ArrayList<>();
        for (int prompt = 0; prompt < 300; prompt++) {
            double gained = random.nextDouble() < ties ? 0.5 : random.nextDouble() < win ? 1 : 0;
            for (int a = 0; a < answers; a++) {
                outcomes.add(new WinOutcome("prompt " + prompt, gained, 1, 1));
            }
        }
        return outcomes;
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void aWinOutsideOfZeroToOneIsRefused(double win) {
        assertThatThrownBy(() -> new WinOutcome("a", win, 1, 1)).hasMessageContaining("between 0 and 1");
    }

    @Test
    void nothingToCompareIsRefused() {
        assertThatThrownBy(() -> WinRate.of(List.of(), 0.95)).hasMessageContaining("no outcomes");
        assertThatThrownBy(() -> new WinOutcome("a", 1, -1, 2)).hasMessageContaining("-1 and 2");
    }
}
