package org.align4j.core.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Long values keep their start, and paths both ends; what is left out is marked. */
class ShortenedTest {
    @Test
    void eightyCharactersStayAndMoreAreCut() {
        assertThat(Shortened.of("x".repeat(80))).isEqualTo("x".repeat(80));
        assertThat(Shortened.of("x".repeat(81))).isEqualTo("x".repeat(79) + "…");
        assertThat(Shortened.of(List.of(1, 2))).isEqualTo("[1, 2]");
        assertThat(Shortened.of(null)).isEqualTo("null");
    }

    /** 78 letters and two faces: the first face would be cut in two. */
    @Test
    void noCharacterIsCutInTwo() {
        assertThat(Shortened.of("x".repeat(78) + "😀😀")).isEqualTo("x".repeat(78) + "…");
    }

    @Test
    void ofManyNamesTheFirstTwentyStay() {
        assertThat(Shortened.list(List.of("a", "x".repeat(81)))).isEqualTo("a, " + "x".repeat(79) + "…");
        assertThat(Shortened.list(Collections.nCopies(22, "a")))
                .endsWith("a, a and 2 more")
                .hasSize(20 * 3 - 2 + 11);
    }

    @Test
    void ofAPathBothEndsStay() {
        String path = "/start" + "/x".repeat(400) + "/end.jsonl";
        assertThat(Shortened.path(path))
                .hasSize(300)
                .startsWith("/start/x")
                .contains("…")
                .endsWith("/x/end.jsonl");
        assertThat(Shortened.path("/a/b")).isEqualTo("/a/b");
        assertThat(Shortened.path("x".repeat(300))).isEqualTo("x".repeat(300));
        assertThat(Shortened.path("x".repeat(301))).hasSize(300).contains("…");
    }
}
