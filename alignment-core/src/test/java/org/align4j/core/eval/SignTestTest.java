package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** By hand: 5 of 6 differing pairs to one side have the probability 2 (1 + 6) / 64 = 0.21875; ties don't count. */
class SignTestTest {
    @Test
    void splitsAreCountedAndWeighed() {
        SignTest test = SignTest.of(new double[] {0, 0, 0, 0, 0, 1, 1, 0}, new double[] {1, 1, 1, 1, 1, 0, 1, 0});
        assertThat(test).isEqualTo(new SignTest(5, 1));
        assertThat(test.pValue()).isCloseTo(0.21875, within(1e-12));
        assertThat(new SignTest(1, 5).pValue()).isCloseTo(0.21875, within(1e-12));
    }

    @Test
    void nothingThatDiffersIsNoEvidence() {
        assertThat(SignTest.of(new double[] {1, 0}, new double[] {1, 0}).pValue())
                .isEqualTo(1);
        assertThat(new SignTest(3, 3).pValue()).isCloseTo(1, within(1e-12));
    }

    @Test
    void pairsNeedBothSides() {
        assertThatThrownBy(() -> SignTest.of(new double[1], new double[2])).hasMessageContaining("pairs need both");
    }
}
