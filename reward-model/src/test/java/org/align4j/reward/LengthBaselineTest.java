package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.align4j.core.data.PairTokens;
import org.junit.jupiter.api.Test;

class LengthBaselineTest {
    private static PairTokens pair(int chosen, int rejected) {
        return new PairTokens(0, new int[] {1}, new int[chosen], new int[rejected], null);
    }

    @Test
    void theSideThatMostPairsPreferAndTheLongerOneWhereTheyAreEven() {
        assertThat(LengthBaseline.of(List.of(pair(3, 1), pair(9, 1), pair(1, 2)))
                        .longerIsBetter())
                .isTrue();
        assertThat(LengthBaseline.of(List.of(pair(1, 9), pair(3, 1), pair(1, 2)))
                        .longerIsBetter())
                .isFalse();
        assertThat(LengthBaseline.of(List.of(pair(3, 1), pair(1, 3), pair(2, 2)))
                        .longerIsBetter())
                .isTrue();
        assertThat(LengthBaseline.of(List.of(
                                pair(1, 2), pair(9, 1).asTie(), pair(8, 1).asTie()))
                        .longerIsBetter())
                .isFalse();
    }
}
