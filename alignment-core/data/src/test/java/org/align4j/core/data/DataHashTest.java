package org.align4j.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataHashTest {
    private static final PairTokens FIRST = new PairTokens(0, ids(1, 2), ids(3), ids(4, 5), null);
    private static final PairTokens SECOND = new PairTokens(1, ids(1), ids(2, 3), ids(4, 5), 0.5);

    @Test
    void rowNumbersDoNotCount() {
        PairTokens elsewhere = new PairTokens(9, ids(1, 2), ids(3), ids(4, 5), null);
        assertThat(DataHash.of(List.of(elsewhere))).isEqualTo(DataHash.of(List.of(FIRST)));
    }

    @Test
    void orderTokensAndMarginsCount() {
        String hash = DataHash.of(List.of(FIRST, SECOND));
        assertThat(hash).hasSize(64).isNotEqualTo(DataHash.of(List.of(SECOND, FIRST)));
        PairTokens moved = new PairTokens(0, ids(1), ids(2, 3), ids(4, 5), null);
        assertThat(DataHash.of(List.of(moved, SECOND))).isNotEqualTo(hash);
        PairTokens unmargined = new PairTokens(1, ids(1), ids(2, 3), ids(4, 5), null);
        assertThat(DataHash.of(List.of(FIRST, unmargined))).isNotEqualTo(hash);
    }

    @Test
    void labelsAndTrainedFlagsCount() {
        assertThat(DataHash.of(List.of(new CompletionTokens(0, ids(1), ids(2), true))))
                .isNotEqualTo(DataHash.of(List.of(new CompletionTokens(0, ids(1), ids(2), false))))
                .isNotEqualTo(DataHash.of(List.of(new CompletionTokens(0, ids(1), ids(2), null))));
        assertThat(DataHash.of(List.of(new TextTokens(0, ids(1, 2), new boolean[] {true, true}))))
                .isNotEqualTo(DataHash.of(List.of(new TextTokens(0, ids(1, 2), new boolean[] {false, true}))));
    }

    @Test
    void otherFieldsOfPromptsHaveAHashOfTheirOwn() {
        PromptTokens bare = new PromptTokens(0, ids(1), "q");
        PromptTokens told = new PromptTokens(0, ids(1), "q", null, Map.of("tests", List.of("t", 1), "unit", "m"));
        PromptTokens other = new PromptTokens(0, ids(1), "q", null, Map.of("tests", List.of("t", 2), "unit", "m"));
        assertThat(DataHash.of(List.of(told))).isEqualTo(DataHash.of(List.of(bare)));
        assertThat(DataHash.ofFields(List.of(bare, FIRST))).isNull();
        assertThat(DataHash.ofFields(List.of(told)))
                .hasSize(64)
                .isNotEqualTo(DataHash.ofFields(List.of(other)))
                .isNotEqualTo(DataHash.ofFields(List.of(bare, told)));
    }

    private static int[] ids(int... ids) {
        return ids;
    }
}
