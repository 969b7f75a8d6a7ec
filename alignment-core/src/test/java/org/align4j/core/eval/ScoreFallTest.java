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
}
