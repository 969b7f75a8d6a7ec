package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Intervals of means over clusters: expected values are from bisection of Hall's equation and Simpson's rule for Student's
 * distribution, written down apart from this code.
 */
class ClusteredMeanTest {
    private static final double[] SKEWED = {0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.9, 1.6, 2.5, 6.0};

    private static int[] own(int rows) {
        return IntStream.range(0, rows).toArray();
    }

    /** The mean 1.27 lies far nearer to the low end: what a large value or none did to it is taken into account. */
    @Test
    void skewedValuesHaveALopsidedInterval() {
        ClusteredMean mean = ClusteredMean.of(SKEWED, own(10));
        assertThat(mean.mean()).isCloseTo(1.27, within(1e-12));
        assertThat(mean.skewness()).isCloseTo(1.9472196782551225, within(1e-9));
        Interval interval = mean.interval(0.95);
        assertThat(interval.low()).isCloseTo(0.3619790812994479, within(1e-9));
        assertThat(interval.high()).isCloseTo(6.106578192065406, within(1e-9));
        double[] turned = Arrays.stream(SKEWED).map(value -> -value).toArray();
        Interval mirrored = ClusteredMean.of(turned, own(10)).interval(0.95);
        assertThat(mirrored.low()).isEqualTo(-interval.high());
        assertThat(mirrored.high()).isEqualTo(-interval.low());
    }

    /** Five prompts with one to three rows each: the mean is a ratio of sums, 4.5 of 9, and without a prompt another one. */
    @Test
    void clustersOfUnequalSize() {
        double[] rows = {0.3, -0.5, 0.3, 0.4, 0.8, 1.2, 0.9, 0.6, 0.5};
        ClusteredMean mean = ClusteredMean.of(rows, new int[] {7, 3, 3, 1, 1, 1, 0, 9, 9});
        assertThat(mean.mean()).isCloseTo(0.5, within(1e-12));
        assertThat(mean.interval(0.95).low()).isCloseTo(-0.18076893616076872, within(1e-9));
        assertThat(mean.interval(0.95).high()).isCloseTo(1.020316331919505, within(1e-9));
    }

    /** Two answers to each of eight prompts; Wilson's interval of as many wins and losses as would vary so. */
    @Test
    void sharesHaveWilsonsIntervalOfEffectivePrompts() {
        double[] wins = {1, 1, 1, 0.5, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1};
        int[] prompts = IntStream.range(0, 16).map(i -> i / 2).toArray();
        Interval interval = ClusteredMean.of(wins, prompts).shareInterval(0.95);
        assertThat(interval.low()).isCloseTo(0.38846553742570644, within(1e-9));
        assertThat(interval.high()).isCloseTo(0.9113560708569581, within(1e-9));
    }

    /** For 400 independent rows that lean to no side the interval must be near mean ± 1.96 standard errors. */
    @Test
    void manyRowsHaveTheNormalInterval() {
        double[] after = new Random(7).doubles(400, -1, 1.2).toArray();
        var difference = PairedDifference.of(new double[400], after, own(400));
        double mean = Arrays.stream(after).average().orElseThrow();
        double variance = Arrays.stream(after)
                        .map(value -> (value - mean) * (value - mean))
                        .sum()
                / 399;
        double margin = 1.96 * Math.sqrt(variance / 400);
        assertThat(difference.mean()).isCloseTo(mean, within(1e-12));
        assertThat(difference.interval().low()).isCloseTo(mean - margin, within(0.02 * margin));
        assertThat(difference.interval().high()).isCloseTo(mean + margin, within(0.02 * margin));
    }

    /** Each row four times in one cluster says no more than once; as rows of their own the interval would be half. */
    @Test
    void repeatedRowsOfAClusterAreNoNewEvidence() {
        double[] once = new Random(3).doubles(50, -1, 1).toArray();
        double[] four = new double[200];
        Arrays.setAll(four, i -> once[i % 50]);
        int[] clusters = IntStream.range(0, 200).map(i -> i % 50).toArray();
        Interval single = PairedDifference.of(new double[50], once, own(50)).interval();
        Interval repeated = PairedDifference.of(new double[200], four, clusters).interval();
        assertThat(repeated.low()).isCloseTo(single.low(), within(1e-12));
        assertThat(repeated.high()).isCloseTo(single.high(), within(1e-12));
        Interval apart = PairedDifference.of(new double[200], four, own(200)).interval();
        assertThat(apart.high() - apart.low()).isCloseTo((single.high() - single.low()) / 2, within(0.01));
    }

    /** Changes of one size have that size; rows of one prompt are one observation, which bounds nothing. */
    @Test
    void equalChangesAndASinglePromptAreDefined() {
        double[] equal = new double[60];
        Arrays.fill(equal, 0.3);
        assertThat(PairedDifference.of(new double[60], equal, own(60)).interval())
                .satisfies(interval -> assertThat(interval.low()).isCloseTo(0.3, within(1e-12)))
                .satisfies(interval -> assertThat(interval.high()).isCloseTo(0.3, within(1e-12)));
        PairedDifference one = PairedDifference.of(new double[60], equal, new int[60]);
        assertThat(one.mean()).isCloseTo(0.3, within(1e-12));
        assertThat(one.clear()).isFalse();
        assertThat(one.interval().bounds()).containsExactly(null, null);
    }

    /** None of 50 became right or wrong: up to 3.84 / 53.84 of others might have. All became right: as many might not have. */
    @Test
    void sharesThatAllChangeAlikeAreDefined() {
        double others = 3.841458820694124 / 53.841458820694124;
        double[] ones = new double[50];
        Arrays.fill(ones, 1);
        assertThat(PairedDifference.ofShares(ones, ones, own(50)).interval())
                .satisfies(interval -> assertThat(interval.low()).isCloseTo(-others, within(1e-9)))
                .satisfies(interval -> assertThat(interval.high()).isCloseTo(others, within(1e-9)));
        assertThat(PairedDifference.ofShares(new double[50], ones, own(50)).interval())
                .satisfies(interval -> assertThat(interval.low()).isCloseTo(1 - 2 * others, within(1e-9)))
                .satisfies(interval -> assertThat(interval.high()).isEqualTo(1));
        assertThat(PairedDifference.ofShares(new double[50], ones, new int[50]).clear())
                .isFalse();
    }

    @Test
    void unequalLengthsAreRefused() {
        assertThatThrownBy(() -> PairedDifference.of(new double[2], new double[3], new int[3]))
                .hasMessageContaining("before (2)");
        assertThatThrownBy(() -> ClusteredMean.of(new double[0], new int[0])).hasMessageContaining("(0)");
    }

    /**
     * 3,000 simulations: the share of intervals that miss the true mean to either side, with 3 standard errors of leeway; docs/bench
     * /Coverage.java does 10,000 and more kinds of changes.
     */
    @ParameterizedTest
    @CsvSource({
        "50, 1, normal, 0, 6.5",
        "50, 1, lognormal, 0, 6.5",
        "50, 5, lognormal, 0, 6.5",
        "100, 1, lognormal, 0, 5",
        "100, 5, mixed, 0, 5",
        "300, 1, normal, 1, 4",
        "300, 5, lognormal, 1, 4",
        "300, 1, mixed, 1, 4"
    })
    void intervalsMissAsSeldomAsTheySay(int units, int rows, String changes, double least, double most) {
        int simulations = 3000;
        Random random = new Random(11);
        double truth = changes.equals("normal") ? 0 : changes.equals("lognormal") ? Math.exp(0.5) : 0.3;
        ToDoubleFunction<Random> draw = changes.equals("normal")
                ? Random::nextGaussian
                : changes.equals("lognormal")
                        ? each -> Math.exp(each.nextGaussian())
                        : each -> each.nextInt(10) > 0 ? each.nextGaussian() / 2 : 3 + each.nextGaussian();
        int[] clusters = IntStream.range(0, units * rows).map(i -> i / rows).toArray();
        int above = 0;
        int below = 0;
        for (int s = 0; s < simulations; s++) {
            double[] after = new double[units * rows];
            for (int i = 0; i < after.length; i++) {
                after[i] = i % rows == 0 ? draw.applyAsDouble(random) : after[i - 1];
            }
            Interval interval = PairedDifference.of(new double[after.length], after, clusters)
                    .interval();
            above += interval.low() > truth ? 1 : 0;
            below += interval.high() < truth ? 1 : 0;
        }
        for (int missed : new int[] {above, below}) {
            double percent = 100.0 * missed / simulations;
            assertThat(percent)
                    .isBetween(
                            least - 3 * Math.sqrt(least * (100 - least) / simulations),
                            most + 3 * Math.sqrt(most * (100 - most) / simulations));
        }
    }
}
