package org.align4j.core.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.train.Timetable.BatchOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchOrderTest {

    @Test
    void fileOrderWithAShortLastBatch() {
        BatchOrder order = new BatchOrder(5, 2, false, 42);
        assertThat(order.stepsPerEpoch()).isEqualTo(3);
        assertThat(order.rowsOf(1)).containsExactly(0, 1);
        assertThat(order.rowsOf(3)).containsExactly(4);
        assertThat(order.rowsOf(4)).containsExactly(0, 1);
        assertThat(order.epochOf(3)).isZero();
        assertThat(order.epochOf(4)).isEqualTo(1);
        assertThat(order.epochsAfter(2)).isEqualTo(0.8);
        assertThat(order.epochsAfter(3)).isEqualTo(1.0);
        assertThat(order.epochsAfter(4)).isEqualTo(1.4);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "7,3", "8,4", "100,16", "5,50"})
    void everyEpochTakesEveryRowOnce(int rows, int batchSize) {
        BatchOrder order = new BatchOrder(rows, batchSize, true, 7);
        int[] file = IntStream.range(0, rows).toArray();
        for (int epoch = 0; epoch < 3; epoch++) {
            int[] taken = taken(order, epoch);
            Arrays.sort(taken);
            assertThat(taken).isEqualTo(file);
        }
    }

    @Test
    void stepsAreAPureFunction() {
        BatchOrder forwards = new BatchOrder(37, 4, true, 42);
        List<int[]> batches = new ArrayList<>();
        for (int step = 1; step <= 40; step++) {
            batches.add(forwards.rowsOf(step));
        }
        BatchOrder backwards = new BatchOrder(37, 4, true, 42);
        for (int step = 40; step >= 1; step--) {
            assertThat(backwards.rowsOf(step)).isEqualTo(batches.get(step - 1));
        }
    }

    @Test
    void epochsAndSeedsDiffer() {
        Set<List<Integer>> orders = new HashSet<>();
        for (long seed = 0; seed < 5; seed++) {
            BatchOrder order = new BatchOrder(50, 8, true, seed);
            for (int epoch = 0; epoch < 5; epoch++) {
                orders.add(Arrays.stream(taken(order, epoch)).boxed().toList());
            }
        }
        assertThat(orders).hasSize(25);
    }

    /** Each of 6 orders of 3 rows turns up about 10,000 times in 60,000 epochs (standard deviation 91). */
    @Test
    void theShuffleIsFair() {
        BatchOrder order = new BatchOrder(3, 3, true, 1);
        int[] counts = new int[27];
        for (int step = 1; step <= 60_000; step++) {
            int[] rows = order.rowsOf(step);
            counts[rows[0] * 9 + rows[1] * 3 + rows[2]]++;
        }
        assertThat(Arrays.stream(counts).filter(c -> c > 0).toArray()).hasSize(6);
        assertThat(Arrays.stream(counts).filter(c -> c > 0).min().orElseThrow()).isGreaterThan(9_500);
    }

    @Test
    void refusesNothingToDo() {
        assertThatThrownBy(() -> new BatchOrder(0, 4, true, 1))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("no row");
        assertThatThrownBy(() -> new BatchOrder(4, 0, true, 1))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("batch-size is 0");
    }

    private static int[] taken(BatchOrder order, int epoch) {
        int first = epoch * order.stepsPerEpoch() + 1;
        return IntStream.range(first, first + order.stepsPerEpoch())
                .flatMap(step -> Arrays.stream(order.rowsOf(step)))
                .toArray();
    }
}
