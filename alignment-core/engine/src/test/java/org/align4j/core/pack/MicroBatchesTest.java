package org.align4j.core.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.align4j.core.pack.RowLayout.MicroBatches;
import org.junit.jupiter.api.Test;

class MicroBatchesTest {
    private static List<List<Integer>> plan(int budget, int... sizes) {
        return MicroBatches.plan(sizes, budget).stream()
                .map(group -> java.util.Arrays.stream(group).boxed().toList())
                .toList();
    }

    /** 6 + 4 and 7 + 3 fill two forwards of 10 to the last token. */
    @Test
    void aForwardIsFilledToItsLastToken() {
        assertThat(plan(10, 6, 7, 4, 3)).containsExactly(List.of(0, 2), List.of(1, 3));
    }

    @Test
    void aLargerItemHasAForwardOfItsOwn() {
        assertThat(plan(10, 12, 1, 1)).contains(List.of(0));
    }

    /** Up to half of what is allowed is one forward. */
    @Test
    void littleIsOneForward() {
        assertThat(plan(10, 2, 1, 2)).containsExactly(List.of(0, 1, 2));
        assertThat(plan(10, 3, 3)).containsExactly(List.of(0), List.of(1));
    }
}
