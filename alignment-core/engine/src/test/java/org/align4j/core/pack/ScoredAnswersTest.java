package org.align4j.core.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Answers of which only some tokens are scored, as those of a policy between the words of an environment. */
class ScoredAnswersTest {
    /** Prompt 1 2; the answer 3 4 5 6, in which 5 is somebody else's: what predicts 3, 4 and 6 are the rows of 2, 3 and 5. */
    @Test
    void othersTokensAreReadAndNotScored() {
        RowLayout.Item item = new RowLayout.Item(
                new int[] {1, 2}, new int[][] {{3, 4, 5, 6}}, new boolean[][] {{true, true, false, true}});
        RowLayout.Packed packed = RowLayout.SHARED.pack(List.of(item));
        assertThat(packed.batch().tokens().ids()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(packed.batch().rows()).containsExactly(1, 2, 4);
        assertThat(packed.batch().targets()).containsExactly(3, 4, 6);
        assertThat(packed.answers()).containsExactly(List.of(new PackedBatch.Span(0, 3)));
    }

    @Test
    void answersWithAndWithoutOthersTokensShareAPrompt() {
        RowLayout.Item some = new RowLayout.Item(new int[] {1}, new int[][] {{2, 3}}, new boolean[][] {{false, true}});
        RowLayout.Item all = new RowLayout.Item(new int[] {1}, new int[] {2, 3});
        RowLayout.Packed packed = RowLayout.SHARED.pack(List.of(some, all));
        assertThat(packed.batch().tokens().ids()).containsExactly(1, 2, 3, 2, 3);
        assertThat(packed.batch().targets()).containsExactly(3, 2, 3);
        assertThat(packed.answers())
                .containsExactly(List.of(new PackedBatch.Span(0, 1)), List.of(new PackedBatch.Span(1, 3)));
    }
}
