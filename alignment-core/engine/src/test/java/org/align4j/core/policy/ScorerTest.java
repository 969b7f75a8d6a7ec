package org.align4j.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScorerTest {
    private static final Scorer SCORER = new Scorer(List.of(new int[] {2, 0}, new int[] {1}));

    @Test
    void forwardsGetTheirRowsAndValuesComeBackInTheRowsOrder() {
        List<List<String>> seen = new ArrayList<>();
        List<Integer> lengths = SCORER.score(List.of("a", "bb", "ccc"), parts -> {
            seen.addAll(parts);
            return parts.stream()
                    .map(part -> part.stream().map(String::length).toList())
                    .toList();
        });
        assertThat(seen).containsExactly(List.of("ccc", "a"), List.of("bb"));
        assertThat(lengths).containsExactly(1, 2, 3);
    }

    @Test
    void partsComeBackInTheirOrder() {
        assertThat(SCORER.inOrder(List.of(List.of("third", "first"), List.of("second"))))
                .containsExactly("first", "second", "third");
    }
}
