package org.align4j.core.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.align4j.core.doctor.Shortcuts.PairedAuc;
import org.junit.jupiter.api.Test;

class PairedAucTest {
    /** Six above, two below, two ties: (6 + 1) / 10, and a variance of 6.5 / 10 - 0.49. */
    @Test
    void aTieCountsHalfAndItsSquareAQuarter() {
        PairedAuc auc = new PairedAuc();
        for (int row = 0; row < 10; row++) {
            auc.add(row, row < 6 ? 2 : 1, row < 8 ? (row < 6 ? 1 : 2) : 1);
        }
        assertThat(auc.value()).isEqualTo(0.7);
        assertThat(auc.differing()).isEqualTo(8);
        double reach = 1.959963984540054 * Math.sqrt(0.16 / 10);
        assertThat(auc.interval().low()).isCloseTo(0.7 - reach, within(1e-12));
        assertThat(auc.interval().high()).isCloseTo(0.7 + reach, within(1e-12));
        assertThat(auc.examples()).hasSize(6);
    }
}
