package org.align4j.core.doctor.people;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Sums of margins have no rounding, so that parts and their order change no bit of what follows from them. */
class MarginSumsTest {
    private static final int ROWS = 2000;

    private final double[] margins = new Random(3)
            .doubles(ROWS, -1, 1)
            .map(each -> each * each * each * 1e3)
            .toArray();

    @Test
    void partsInAnyOrderComeToTheSame() {
        MarginSums whole = new MarginSums();
        MarginSums parts = new MarginSums();
        for (int part = 6; part >= 0; part--) {
            MarginSums one = new MarginSums();
            for (int row = ROWS - 1; row >= 0; row--) {
                if (row % 7 == part) {
                    one.add(row, margins[row]);
                }
            }
            parts.add(one);
        }
        for (int row = 0; row < ROWS; row++) {
            whole.add(row, margins[row]);
        }
        assertThat(parts.rows()).isEqualTo(ROWS);
        assertThat(TwoComponentMixture.of(parts)).isEqualTo(TwoComponentMixture.of(whole));
        assertThat(TwoComponentMixture.interval(parts, 1)).isEqualTo(TwoComponentMixture.interval(whole, 1));
        assertThat(parts.largest(0.3)).isEqualTo(whole.largest(0.3));
    }

    @Test
    void sumsAreExact() {
        MarginSums sums = new MarginSums();
        BigDecimal exact = BigDecimal.ZERO;
        for (int row = 0; row < ROWS; row++) {
            sums.add(row, margins[row]);
            exact = exact.add(new BigDecimal(margins[row] * margins[row]));
        }
        assertThat(sums.all().squares()).isEqualTo(exact.doubleValue());
    }
}
