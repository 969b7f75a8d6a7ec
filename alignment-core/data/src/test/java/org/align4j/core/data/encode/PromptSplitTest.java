package org.align4j.core.data.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

class PromptSplitTest {

    @Test
    void noPromptIsOnBothSidesAndNothingIsLost() {
        List<PromptTokens> rows = rows(1000, 300);
        PromptSplit<PromptTokens> split = split(rows, 0.2, 42);
        Set<Integer> trained = prompts(split.train());
        assertThat(prompts(split.eval())).noneMatch(trained::contains);
        List<PromptTokens> all = new ArrayList<>(split.train());
        all.addAll(split.eval());
        all.sort(Comparator.comparing(PromptTokens::row));
        assertThat(all).isEqualTo(rows);
        assertThat(split.eval()).isSortedAccordingTo(Comparator.comparing(PromptTokens::row));
        assertThat(split.eval().size()).isBetween(200, 204); // prompts have 3 or 4 rows
    }

    @Test
    void exactWherePromptsAreDifferent() {
        assertThat(split(rows(1500, 1500), 1.0 / 3, 42).eval()).hasSize(500);
        assertThat(split(rows(10, 10), 0.001, 42).eval()).hasSize(1);
        assertThat(split(rows(10, 10), 0, 42).eval()).isEmpty();
    }

    @Test
    void theSeedDecides() {
        List<PromptTokens> rows = rows(200, 200);
        assertThat(split(rows, 0.5, 1)).isEqualTo(split(rows, 0.5, 1));
        assertThat(split(rows, 0.5, 1)).isNotEqualTo(split(rows, 0.5, 2));
    }

    /** Prompts once held out stay held out when rows are added and the fraction's count grows with them. */
    @Test
    void addingRowsKeepsTheHashOrder() {
        Set<Integer> few = prompts(split(rows(400, 400), 0.25, 7).eval());
        Set<Integer> many = prompts(split(rows(400, 400), 0.5, 7).eval());
        assertThat(many).containsAll(few);
    }

    @Test
    void refusals() {
        assertThatThrownBy(() -> split(rows(10, 1), 0.5, 42))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll("eval-fraction", "none is left");
        for (double fraction : new double[] {-0.1, 1, Double.NaN}) {
            assertThatThrownBy(() -> split(rows(10, 10), fraction, 42))
                    .hasMessageContaining("eval-fraction is " + fraction);
        }
    }

    private static List<PromptTokens> rows(int count, int prompts) {
        List<PromptTokens> rows = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            rows.add(new PromptTokens(row, new int[] {row % prompts, 7}, null));
        }
        return rows;
    }

    private static PromptSplit<PromptTokens> split(List<PromptTokens> rows, double fraction, long seed) {
        long[] keys = rows.stream().mapToLong(row -> TokenHash.of(row.prompt())).toArray();
        assertThat(Arrays.stream(keys).distinct().count())
                .isEqualTo(prompts(rows).size());
        return PromptSplit.of(rows, keys, fraction, seed);
    }

    private static Set<Integer> prompts(List<PromptTokens> rows) {
        Set<Integer> prompts = new HashSet<>();
        rows.forEach(row -> prompts.add(row.prompt()[0]));
        return prompts;
    }
}
