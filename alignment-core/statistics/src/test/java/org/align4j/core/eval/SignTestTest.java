package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
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

    /** Against counting with whole numbers: twice the lesser tail of Pascal's triangle, 1 at most. */
    @Test
    void everySplitOfUpToSixtyPairsIsExact() {
        for (int pairs = 1; pairs <= 60; pairs++) {
            BigInteger tail = BigInteger.ZERO;
            BigInteger ways = BigInteger.ONE;
            for (int lower = 0; 2 * lower <= pairs; lower++) {
                tail = tail.add(ways);
                ways = ways.multiply(BigInteger.valueOf(pairs - lower)).divide(BigInteger.valueOf(lower + 1));
                double exact = Math.min(1, 2 * tail.doubleValue() * Math.scalb(1.0, -pairs));
                assertThat(new SignTest(pairs - lower, lower).pValue()).isCloseTo(exact, within(1e-12));
                assertThat(new SignTest(lower, pairs - lower).pValue()).isCloseTo(exact, within(1e-12));
            }
        }
        assertThat(new SignTest(2, 1).pValue()).isEqualTo(1);
    }

    @Test
    void pairsNeedBothSides() {
        assertThatThrownBy(() -> SignTest.of(new double[1], new double[2])).hasMessageContaining("pairs need both");
    }
}
