package org.align4j.core.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows and bounds counted by hand. */
class SeenRowsTest {
    private static final int[] NONE = {};

    private static SeenRows of(PackedBatch batch) {
        return SeenRows.of(batch.blocks());
    }

    @Test
    void aPrefixStandsBeforeEachBlockThatSeesIt() {
        SeenRows seen = of(PackedBatch.of(List.of(
                TokenTree.of(new int[] {1, 2, 3}, new int[] {4, 5}, new int[] {6}),
                TokenTree.of(NONE, new int[] {7, 8}))));

        assertThat(seen.queries()).containsExactly(0, 3, 5, 6, 8);
        assertThat(seen.keys()).containsExactly(0, 3, 8, 12, 14);
        assertThat(seen.rows()).containsExactly(0, 1, 2, 0, 1, 2, 3, 4, 0, 1, 2, 5, 6, 7);
        assertThat(seen.longestQueries()).isEqualTo(3);
        assertThat(seen.longestKeys()).isEqualTo(5);
    }

    @Test
    void aPrefixFurtherDownIsFound() {
        SeenRows seen = of(PackedBatch.of(
                List.of(TokenTree.of(NONE, new int[] {1, 2}), TokenTree.of(new int[] {3}, new int[] {4, 5, 6}))));

        assertThat(seen.queries()).containsExactly(0, 2, 3, 6);
        assertThat(seen.keys()).containsExactly(0, 2, 3, 7);
        assertThat(seen.rows()).containsExactly(0, 1, 2, 2, 3, 4, 5);
        assertThat(seen.longestQueries()).isEqualTo(3);
        assertThat(seen.longestKeys()).isEqualTo(4);
    }

    @Test
    void withoutAPrefixTheKeysAreTheRows() {
        PackedBatch batch =
                PackedBatch.of(List.of(TokenTree.of(NONE, new int[] {1, 2, 3}), TokenTree.of(NONE, new int[] {4, 5})));

        SeenRows seen = of(batch.aligned(4));

        assertThat(seen.rows()).isEmpty();
        assertThat(seen.queries()).as("the last block is of no token").containsExactly(0, 3, 5, 8);
        assertThat(seen.keys()).containsExactly(0, 3, 5, 8);
        assertThat(seen.longestQueries()).isEqualTo(3);
        assertThat(seen.longestKeys()).isEqualTo(3);
    }
}
