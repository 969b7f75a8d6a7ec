package org.align4j.core.doctor.people;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.people.MarginNoise.FlippedOdds;
import org.align4j.core.eval.Interval;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Simulated rewards: normal margins of deviation 1 whose mean makes a given share of them positive, which is the judge's AUC. Labels are then
 * flipped, so that the truth is known. The log-odds of such a margin are 2 × mean × margin.
 */
class RewardNoiseTest {
    private static final double GOOD = 0.95;
    private static final double WEAK = 0.65;

    private static double[] margins(double auc, double flipped, int rows, int seed) {
        double mean = new NormalDistribution(null, 0, 1).inverseCumulativeProbability(auc);
        Random random = new Random(seed);
        double[] margins = new double[rows];
        Arrays.setAll(margins, row -> {
            double margin = mean + random.nextGaussian();
            return random.nextDouble() < flipped ? -margin : margin;
        });
        return margins;
    }

    private static Finding finding(double[] margins) {
        int[] numbers = IntStream.range(0, margins.length).toArray();
        return new MarginNoise(numbers, margins).ofRewards("the reward model");
    }

    @Tag("long")
    @ParameterizedTest
    @CsvSource({"0, GREEN", "10, AMBER", "20, AMBER", "30, RED", "40, RED"})
    void aGoodModelTellsTheShareOfFlips(int percent, Level level) {
        double flipped = percent / 100.0;
        for (int seed = 1; seed <= 3; seed++) {
            Finding finding = finding(margins(GOOD, flipped, 4000, seed));
            assertThat(finding.figures()).containsEntry("identifiable", true);
            assertThat((double) finding.figures().get("epsilon")).isEqualTo(flipped, within(0.03));
            assertThat(finding.level()).isEqualTo(level);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 20, 30, 40})
    void aWeakModelDoesNotPretend(int percent) {
        double flipped = percent / 100.0;
        for (int seed = 1; seed <= 3; seed++) {
            Finding finding = finding(margins(WEAK, flipped, 1000, seed));
            assertThat(finding.figures()).containsEntry("identifiable", false);
            assertThat(finding.interval().contains(flipped)).isTrue();
            assertThat(finding.figures().get("epsilon"))
                    .isEqualTo(finding.interval().high());
            assertThat(finding.level()).isEqualTo(Level.GREEN);
            assertThat(finding.removable()).isEmpty();
            assertThat(finding.figures().get("note").toString()).contains("not identifiable: 1,000 pairs leave open");
        }
    }

    @Test
    void fewPairsOfAGoodModelLeaveMuchOpen() {
        Finding finding = finding(margins(GOOD, 0.4, 200, 1));
        assertThat(finding.figures()).containsEntry("identifiable", false);
        assertThat(finding.figures().get("note").toString()).contains("--model-rows");
    }

    /** Of a hundred draws an interval at 95 % may miss the truth about five times; more than ten would happen once in a hundred runs. */
    @Tag("long")
    @ParameterizedTest
    @CsvSource({"0.95, 0.1", "0.95, 0.4", "0.65, 0.2"})
    void intervalsHoldTheTruthAsOftenAsTheySay(double auc, double flipped) {
        long held = IntStream.range(0, 100)
                .mapToObj(
                        seed -> FlippedOdds.of(margins(auc, flipped, 300, seed)).interval())
                .filter(interval -> interval.contains(flipped))
                .count();
        assertThat(held).isGreaterThanOrEqualTo(90);
    }

    /**
     * Margins of one size don't tell mistakes from flips: 3 of 12 labels against them are 1/4 flips of a judge that is never wrong, or no flips
     * and one that is wrong in 1/4. By hand, the greatest log-likelihood is 3 ln(1/4) + 9 ln(3/4) = -6.748; at ε = 1/2 it is 12 ln(1/2) = -8.318,
     * which is no less than 1.921 below, so that nothing is excluded.
     */
    @Test
    void marginsOfOneSizeExcludeNothing() {
        double[] margins = new double[12];
        Arrays.setAll(margins, row -> row < 3 ? -1 : 1);
        Interval interval = FlippedOdds.of(margins).interval();
        assertThat(interval.low()).isZero();
        assertThat(interval.high()).isEqualTo(0.5);
    }

    @Test
    void theUnitOfTheMarginsChangesNothing() {
        double[] margins = margins(GOOD, 0.2, 4000, 7);
        FlippedOdds odds = FlippedOdds.of(margins);
        FlippedOdds hundredfold = FlippedOdds.of(
                Arrays.stream(margins).map(margin -> 100 * margin).toArray());
        assertThat(hundredfold.epsilon()).isEqualTo(odds.epsilon(), within(1e-3));
        assertThat(hundredfold.scale()).isEqualTo(odds.scale() / 100, within(1e-3));
        Interval same = hundredfold.interval();
        assertThat(same.low()).isEqualTo(odds.interval().low(), within(1e-3));
        assertThat(same.high()).isEqualTo(odds.interval().high(), within(1e-3));
        // The truth is 2 × mean = 3.29.
        assertThat(odds.scale()).isEqualTo(3.29, within(0.6));
    }
}
