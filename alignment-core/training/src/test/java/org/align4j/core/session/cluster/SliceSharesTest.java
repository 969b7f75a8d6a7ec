package org.align4j.core.session.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.align4j.core.policy.GradientTree.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SliceSharesTest {
    private static long[] even(int slices) {
        long[] costs = new long[slices];
        Arrays.fill(costs, 1);
        return costs;
    }

    @Test
    void aPowerOfTwoOfExecutorsHasOneSumEach() {
        SliceShares shares = SliceShares.of(even(64), 4);
        assertThat(shares.executors()).isEqualTo(4);
        for (int executor = 0; executor < 4; executor++) {
            assertThat(shares.sums(executor)).containsExactly(new Node(4, executor));
            assertThat(shares.slices(executor))
                    .containsExactlyElementsOf(IntStream.range(16 * executor, 16 * executor + 16)
                            .boxed()
                            .toList());
        }
        assertThat(shares.evenness()).isEqualTo(1);
    }

    /** By hand: of 64 slices for three, 24, 20 and 20 is the evenest that adds up to three sums or fewer each. */
    @Test
    void threeExecutorsAreAsEvenAsThreeSumsAllow() {
        SliceShares shares = SliceShares.of(even(64), 3);
        assertThat(shares.evenness()).isEqualTo(64 / 24.0 / 3);
        assertThat(IntStream.range(0, 3))
                .allMatch(executor -> shares.sums(executor).size() <= 3);
    }

    @ParameterizedTest
    @CsvSource({"64,2", "64,7", "100,6", "4096,512", "4096,100", "4096,1000", "8,8", "5,4", "3,8", "1,2", "37,5"})
    void everySliceHasOneOwnerAndFewSumsCoverAShare(int slices, int executors) {
        SplittableRandom random = new SplittableRandom(7);
        long[] costs = random.longs(slices, 80, 120).toArray();
        SliceShares shares = SliceShares.of(costs, executors);
        assertThat(shares.executors()).isEqualTo(Math.min(slices, executors));
        int next = 0;
        for (int executor = 0; executor < shares.executors(); executor++) {
            int[] own = shares.slices(executor).toArray();
            assertThat(own).isNotEmpty();
            assertThat(own[0]).isEqualTo(next);
            next = own[own.length - 1] + 1;
            int of = executor;
            assertThat(Arrays.stream(own)).allMatch(slice -> shares.owner(slice) == of);
            List<Node> sums = shares.sums(executor);
            assertThat(sums).hasSizeLessThanOrEqualTo(SliceShares.FEW_SUMS);
            assertThat(sums.get(0).first()).isEqualTo(own[0]);
            assertThat(Math.min(slices, sums.get(sums.size() - 1).end())).isEqualTo(next);
        }
        assertThat(next).isEqualTo(slices);
        if (slices >= 16 * executors) {
            assertThat(shares.evenness()).isGreaterThan(0.8);
        }
    }

    @Test
    void aCostlySliceMovesTheCuts() {
        long[] costs = even(16);
        costs[0] = 8;
        assertThat(SliceShares.of(costs, 2).slices(0).toArray()).hasSize(4); // 11 and 12 of 23
    }
}
