package org.align4j.core.eval.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Proportion;
import org.align4j.core.figure.ScaledFigure;
import org.align4j.core.figure.ScaledFigure.Basis;
import org.apache.commons.math3.distribution.TDistribution;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of a group of settings: by hand, and how often it is wrong over simulated groups. */
class GroupTestTest {
    private static final int[] PROMPTS = IntStream.range(0, 4).toArray();

    /**
     * Differences of two seeds on four prompts: 1 2 3 6 and 3 2 5 6, means 3 and 4. Seeds: variance 0.5, over 2 is 0.25. Prompts: averages 2 2
     * 4 6, mean 3.5, squared deviations 2.25 + 2.25 + 0.25 + 6.25 = 11, over 3 over 4 is 11/12. What is left of each seed is ∓1 ±0 … : −0.5
     * 0.5 −0.5 0.5 and its negative, of variance 1/3/4 = 1/12 each, mean 1/12 over (2 − 1) = 1/12. Prompts alone: 11/12 − 1/12 = 10/12.
     */
    @Test
    void theVarianceHasAPartOfSeedsAndOneOfPrompts() {
        Replicates a = replicates(new long[] {1, 2}, new double[][] {{1, 2, 3, 6}, {3, 2, 5, 6}}, PROMPTS);
        SeededMean mean = a.mean();
        assertThat(mean.mean()).isEqualTo(3.5);
        assertThat(mean.seedVariance()).isCloseTo(0.25, within(1e-12));
        assertThat(mean.promptVariance()).isCloseTo(11.0 / 12 - 1.0 / 12, within(1e-12));
        double t1 = 12.706204736;
        double t3 = 3.182446305;
        double reach = Math.sqrt(t1 * t1 * 0.25 + t3 * t3 * 10 / 12);
        assertThat(mean.interval(0.95).low()).isCloseTo(3.5 - reach, within(1e-4));
        assertThat(mean.interval(0.95).high()).isCloseTo(3.5 + reach, within(1e-4));
    }

    /** With one seed, and with one figure a run, what is left is Student's test over prompts, or over seeds. */
    @Test
    void oneSeedLeavesPromptsAndOneFigureLeavesSeeds() {
        SeededMean runs = replicates(new long[] {7}, new double[][] {{1, 2, 3, 6}}, PROMPTS)
                .mean();
        double standardError = Math.sqrt(14.0 / 3 / 4);
        assertThat(runs.p())
                .isCloseTo(2 * new TDistribution(null, 3).cumulativeProbability(-3 / standardError), within(1e-4));
        SeededMean seeds = figures(new long[] {1, 2, 3}, new double[] {2, 3, 7}).mean();
        double error = Math.sqrt(7.0 / 3);
        assertThat(seeds.p()).isCloseTo(2 * new TDistribution(null, 2).cumulativeProbability(-4 / error), within(1e-4));
        assertThat(figures(new long[] {1}, new double[] {2}).mean().p()).isEqualTo(1);
    }

    /** Rows of one prompt count once: doubling every row changes neither mean nor interval. */
    @Test
    void rowsOfOnePromptCountTogether() {
        Replicates once = replicates(new long[] {1, 2}, new double[][] {{1, 2, 3, 6}, {3, 2, 5, 6}}, PROMPTS);
        Replicates twice = replicates(
                new long[] {1, 2},
                new double[][] {{1, 1, 2, 2, 3, 3, 6, 6}, {3, 3, 2, 2, 5, 5, 6, 6}},
                new int[] {9, 9, 4, 4, 5, 5, 2, 2});
        assertThat(twice.mean().interval(0.95)).isEqualTo(once.mean().interval(0.95));
    }

    @Test
    void tabledQuantilesAreStudents() {
        for (int freedom : new int[] {1, 2, 7, 99}) {
            for (double tails : new double[] {0.95, 0.8, 0.4, 0.05, 0.0013, 1e-6, 3e-10}) {
                double exact = -new TDistribution(null, freedom).inverseCumulativeProbability(tails / 2);
                assertThat(StudentTails.of(freedom).quantile(tails)).isCloseTo(exact, within(2e-3 * exact));
            }
        }
    }

    /** Holm's: 0.01 × 4, 0.02 × 3, 0.03 × 2 which is no less than the one before, 0.5. */
    @Test
    void pValuesAreCorrectedForTheirNumber() {
        assertThat(GroupTest.holm(new double[] {0.03, 0.01, 0.5, 0.02})).containsExactly(0.06, 0.04, 0.5, 0.06);
    }

    @Test
    void oneSeedComparesRunsAndHasNoWinner() {
        double[] low = new Random(1).doubles(100).toArray();
        double[] high = Arrays.stream(low).map(value -> value + 5).toArray();
        int[] prompts = IntStream.range(0, 100).toArray();
        GroupTest found = GroupTest.of(
                List.of(
                        replicates(new long[] {1}, new double[][] {low}, prompts),
                        replicates(new long[] {1}, new double[][] {high}, prompts)),
                true);
        assertThat(found.comparesSettings()).isFalse();
        assertThat(found.winner()).isEmpty();
        assertThat(found.pairs().get(0).corrected()).isLessThan(1e-6);
    }

    /** Means 1, 2 and 5 with one deviation: the highest wins, or the lowest where less is better. */
    @Test
    void theBestOfThreeWins() {
        long[] seeds = {1, 2, 3};
        List<Replicates> settings = List.of(
                figures(seeds, new double[] {1, 1.1, 0.9}),
                figures(seeds, new double[] {2.1, 2, 1.9}),
                figures(seeds, new double[] {5, 5.1, 4.9}));
        assertThat(GroupTest.of(settings, true).winner()).hasValue(2);
        assertThat(GroupTest.of(settings, false).winner()).hasValue(0);
        assertThat(GroupTest.of(settings.subList(0, 1), true).winner()).isEmpty();
    }

    /** Two parts: each p is twice Holm's, and a larger difference is needed. */
    @Test
    void partsAreCorrectedTogether() {
        long[] seeds = {1, 2, 3};
        List<Replicates> settings =
                List.of(figures(seeds, new double[] {1, 1.1, 0.9}), figures(seeds, new double[] {1.3, 1.1, 1.2}));
        GroupTest alone = GroupTest.of(settings, true);
        GroupTest part = GroupTest.of(settings, true, 2);
        assertThat(alone.pairs().get(0).corrected()).isBetween(0.01, 0.5);
        assertThat(part.pairs().get(0).corrected())
                .isCloseTo(2 * alone.pairs().get(0).corrected(), within(1e-12));
        assertThat(part.smallestDifference()).isGreaterThan(alone.smallestDifference());
    }

    /** A setting with another penalty, or of other rows, is neither subtracted nor averaged. */
    @Test
    void settingsOnOtherScalesAreRefused() {
        long[] seeds = {1, 2};
        double[][] values = {{1, 2, 3, 6}, {3, 2, 5, 6}};
        Replicates free =
                Replicates.of(seeds, on(Basis.of("score", "a").on("missing-eos-penalty", "0"), values), PROMPTS);
        Replicates fined =
                Replicates.of(seeds, on(Basis.of("score", "a").on("missing-eos-penalty", "5"), values), PROMPTS);
        Replicates elsewhere =
                Replicates.of(seeds, on(Basis.of("score", "b").on("missing-eos-penalty", "0"), values), PROMPTS);
        assertThatThrownBy(() -> GroupTest.of(List.of(free, fined), true))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("missing-eos-penalty differs");
        assertThatThrownBy(() -> Replicates.average(List.of(free, elsewhere))).hasMessageContaining("of other rows");
        assertThat(GroupTest.of(List.of(free, free), true).pairs()).hasSize(1);
    }

    /** Seeds are compared with themselves, whatever order they stand in: each differs by 1 exactly. */
    @Test
    void differencesAreOfRunsWithOneSeed() {
        GroupTest found = GroupTest.of(
                List.of(
                        figures(new long[] {1, 2, 3}, new double[] {1, 2, 3}),
                        figures(new long[] {3, 1, 2, 9}, new double[] {4, 2, 3, 77})),
                true);
        SeededMean difference = found.pairs().get(0).difference();
        assertThat(difference.mean()).isEqualTo(-1);
        assertThat(difference.seedVariance()).isZero();
        assertThat(found.pairs().get(0).seeds()).isEqualTo(3);
        assertThat(found.winner()).hasValue(1);
    }

    /**
     * Simulated groups, with variances as SPREAD has them. Of settings that are all alike one may be found the winner in 5 of 100 groups; a
     * setting that is better by the smallest difference that a group states is to be found in 80.
     */
    @Tag("long")
    @ParameterizedTest
    @CsvSource({
        "2, 2, 1", "2, 2, 5", "3, 3, 1", "3, 3, 5", "9, 3, 1", "9, 3, 5",
    })
    void findsNoWinnerWithoutAnEffectAndTheSmallestDifferenceThatItStates(int settings, int seeds, double times) {
        Random random = new Random(settings * 1000L + seeds * 10L + (long) times);
        int wrong = 0;
        int found = 0;
        int foundAnew = 0;
        int groups = 1000;
        for (int group = 0; group < groups; group++) {
            double[][][] values = simulated(random, settings, seeds, times);
            GroupTest none = test(values, 0);
            wrong += none.winner().isPresent() ? 1 : 0;
            double smallest = none.smallestDifference();
            found += isFirst(test(values, smallest)) ? 1 : 0;
            foundAnew += isFirst(test(simulated(random, settings, seeds, times), smallest)) ? 1 : 0;
        }
        System.out.printf(
                "%d settings, %d seeds, seed variance x%.0f: a winner without an effect in %d of %d, the smallest"
                        + " difference found in %d, by other seeds and rows in %d%n",
                settings, seeds, times, wrong, groups, found, foundAnew);
        assertThat(Proportion.ofRate(wrong / (double) groups, groups)
                        .wilson(0.95)
                        .low())
                .isLessThanOrEqualTo(0.06);
        assertThat(found).isGreaterThanOrEqualTo(800);
        assertThat(foundAnew).isGreaterThanOrEqualTo(800);
    }

    private static Replicates replicates(long[] seeds, double[][] values, int[] prompts) {
        return Replicates.of(seeds, on(Basis.of("margin", "rows"), values), prompts);
    }

    /** Makes runs that have one figure each and no rows, so that nothing is known of prompts. */
    private static Replicates figures(long[] seeds, double[] figures) {
        double[][] values =
                Arrays.stream(figures).mapToObj(figure -> new double[] {figure}).toArray(double[][]::new);
        return replicates(seeds, values, new int[1]);
    }

    private static List<ScaledFigure> on(Basis basis, double[][] values) {
        return Arrays.stream(values)
                .map(run -> new ScaledFigure("run", basis, run))
                .toList();
    }

    private static boolean isFirst(GroupTest found) {
        return found.winner().equals(OptionalInt.of(0));
    }

    private static GroupTest test(double[][][] values, double planted) {
        long[] seeds = LongStream.rangeClosed(1, values[0].length).toArray();
        int[] prompts = IntStream.range(0, values[0][0].length).toArray();
        List<Replicates> settings = new ArrayList<>();
        for (int setting = 0; setting < values.length; setting++) {
            double more = setting == 0 ? planted : 0;
            double[][] runs = Arrays.stream(values[setting])
                    .map(run -> Arrays.stream(run).map(value -> value + more).toArray())
                    .toArray(double[][]::new);
            settings.add(replicates(seeds, runs, prompts));
        }
        return GroupTest.of(settings, true);
    }

    /**
     * Standard deviations, in nats, of a run's mean by its seed, of a setting's prompts, and of a prompt by the seed. Measured: the margins of
     * the demo's 400 held-out pairs after 12 steps at the rates 1e-3 and 3e-3, eight seeds each ({@code align sweep dpo --set
     * learning-rate=1e-3,3e-3 --set seed=1..8 --max-steps 12} with the demo's other options): 0.204 and 0.954 at 3e-3, and prompts differ by
     * 0.957 between the two rates, of which √½ is each setting's.
     */
    private static final double[] SPREAD = {0.204, 0.676, 0.954};

    private static double[][][] simulated(Random random, int settings, int seeds, double times) {
        int rows = 400;
        double[][][] values = new double[settings][seeds][rows];
        for (double[][] setting : values) {
            double[] prompts = IntStream.range(0, rows)
                    .mapToDouble(i -> SPREAD[1] * random.nextGaussian())
                    .toArray();
            for (double[] run : setting) {
                double seed = Math.sqrt(times) * SPREAD[0] * random.nextGaussian();
                for (int row = 0; row < rows; row++) {
                    run[row] = seed + prompts[row] + SPREAD[2] * random.nextGaussian();
                }
            }
        }
        return values;
    }
}
