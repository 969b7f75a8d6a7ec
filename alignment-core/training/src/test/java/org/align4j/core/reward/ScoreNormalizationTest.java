package org.align4j.core.reward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScoreNormalizationTest {
    /** Of 1 and 5 the mean is 3 and the deviation 2: they become -1 and 1. */
    @Test
    void scoresComeToMeanZeroAndDeviationOne() {
        ScoreNormalization found = ScoreNormalization.of(new double[] {1, 5});
        assertThat(found).isEqualTo(new ScoreNormalization(3, 2));
        assertThat(found.apply(5)).isEqualTo(1);
        assertThat(found.apply(1)).isEqualTo(-1);
    }

    @Test
    void equalScoresAreOnlyShifted() {
        assertThat(ScoreNormalization.of(new double[] {4, 4, 4})).isEqualTo(new ScoreNormalization(4, 1));
    }
}
