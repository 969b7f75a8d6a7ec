package org.align4j.core.verdict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RepetitionTest {
    /** Nine words have eight pairs of neighbours: all different before, two different ones after. */
    @Test
    void pairsOfNeighboursAreOneFewerThanWords() {
        Repetition found = Repetition.of(List.of("a b c d e f g h i"), List.of("a b a b a b a b a"));
        assertThat(found.before()).isEqualTo(1);
        assertThat(found.after()).isEqualTo(0.25);
        assertThat(found.emptied()).isFalse();
        assertThat(found.sign()).hasValueSatisfying(sign -> assertThat(sign).contains("25 %", "100 %"));
    }

    /** Below eight words characters are looked at, so that a language without spaces counts, too. */
    @Test
    void fewWordsAreTakenAsCharacters() {
        assertThat(Repetition.of(List.of("abab"), List.of("aaaaa")).before()).isEqualTo(2.0 / 3);
        assertThat(Repetition.of(List.of("abab"), List.of("aaaaa")).after()).isEqualTo(0.25);
        assertThat(Repetition.of(List.of("a"), List.of(" ")).emptied()).isTrue();
    }
}
