package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The fall of a score from its highest point. */
class ScoreFallTest {
    private static final int[] ROWS = {0, 1, 2, 3};

    @Test
    void aCourseThatEndsAtItsHighestPointHasNone() {
        assertThat(ScoreFall.of(List.of(new double[] {0, 0, 0, 1}, new double[] {1, 1, 1, 1}), ROWS))
                .isEmpty();
        assertThat(ScoreFall.of(List.of(new double[] {0, 0, 0, 1}), ROWS)).isEmpty();
    }

    /** Means 0.5, 2, 1, 0.5: the fall from the second to the last is 1.5, each row's 1, 2, 1, 2, with 1 − 0.05/3. */
    @Test
    void theFallIsFromTheHighestToTheLast() {
        List<double[]> course =
                List.of(new double[] {0, 1, 0, 1}, new double[] {2, 2, 2, 2}, new double[] {1, 1, 1, 1}, new double[] {
                    1, 0, 1, 0
                });
        ScoreFall fall = ScoreFall.of(course, ROWS).orElseThrow();
        assertThat(fall.peak()).isEqualTo(1);
        assertThat(fall.difference().mean()).isCloseTo(1.5, within(1e-12));
        assertThat(fall.confidence()).isCloseTo(1 - 0.05 / 3, within(1e-12));
        assertThat(fall.shownAt()).hasValue(2);
        assertThat(fall.isShown()).isEqualTo(fall.interval().low() > 0);
    }

    /** Of two points that are as high the first is the peak, from which on nothing was gained. */
    @Test
    void theFirstOfTheHighestIsThePeak() {
        List<double[]> course =
                List.of(new double[] {1, 1, 1, 1}, new double[] {2, 2, 2, 2}, new double[] {2, 2, 2, 2}, new double[] {
                    1, 1, 1, 1
                });
        assertThat(ScoreFall.of(course, ROWS).orElseThrow().peak()).isEqualTo(1);
    }

    /** The highest of eight points is chosen, so that an interval of 95 % alone would see falls too often. */
    @Test
    void flatCoursesSeldomFall() {
        int shown = 0;
        for (int seed = 0; seed < 400; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<double[]> flat = IntStream.range(0, 8)
                    .mapToObj(point -> IntStream.range(0, 60)
                            .mapToDouble(row -> random.nextGaussian())
                            .toArray())
                    .toList();
            shown += ScoreFall.of(flat, IntStream.range(0, 60).toArray())
                            .filter(ScoreFall::isShown)
                            .isPresent()
                    ? 1
                    : 0;
        }
        assertThat(shown).isLessThan(32);
    }

    /** Returns as many scores as rows, of which the last ones are 0 and the others 1. */
    private static double[] ones(int rows, int zeros) {
        return IntStream.range(0, rows)
                .mapToDouble(row -> row < rows - zeros ? 1 : 0)
                .toArray();
    }

    /** 4 of 400 answers are beyond chance, but no fall that counts: a twentieth of what a score from 0 to 1 can fall by, 20 of 400, is. */
    @Test
    void aFallThatIsSureAndSmallDoesNotCount() {
        int[] prompts = IntStream.range(0, 400).toArray();
        ScoreFall small =
                ScoreFall.of(List.of(ones(400, 0), ones(400, 4)), prompts).orElseThrow();
        assertThat(small.interval().low()).isPositive();
        assertThat(small.bar().size()).isEqualTo(0.05);
        assertThat(small.isShown()).isFalse();
        assertThat(small.shownAt()).isEmpty();
        assertThat(ScoreFall.of(List.of(ones(400, 0), ones(400, 20)), prompts)
                        .orElseThrow()
                        .isShown())
                .isTrue();
        assertThat(ScoreFall.of(List.of(ones(400, 0), ones(400, 19)), prompts)
                        .orElseThrow()
                        .isShown())
                .isFalse();
    }

    /** A score without bounds falls by a tenth of its first deviation; −1 to 1 is twice the range of 0 to 1; ten tens of which one falls deviate by 0. */
    @Test
    void theBarIsATenthOfTheFirstDeviationOrATwentiethOfTheRange() {
        double[] first = {0, 20, 0, 20}; // deviates by 10
        assertThat(ScoreFall.Bar.of(List.of(first, ROWS_OF_ONE)).size()).isCloseTo(1, within(1e-12));
        assertThat(ScoreFall.Bar.of(List.of(ROWS_OF_ONE, new double[] {-1, 1, 1, 1}))
                        .size())
                .isCloseTo(0.1, within(1e-12));
        double[] tens = {10, 10, 10, 10};
        double[] later = {10, 10, 10, 2}; // all eight: mean 9, squared deviations 7 + 49 = 56, over 8 is 7
        assertThat(ScoreFall.Bar.of(List.of(tens, later)).size()).isCloseTo(0.1 * Math.sqrt(7), within(1e-12));
        assertThat(ScoreFall.Bar.of(List.of(tens, later)).text()).contains("scored alike in the first");
    }

    private static final double[] ROWS_OF_ONE = {1, 1, 1, 1};
}
