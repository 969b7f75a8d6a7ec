package org.align4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.report.SamplesSection.RepeatedPhrases;
import org.junit.jupiter.api.Test;

class RepeatedPhrasesTest {
    /** Three of four answers end in one phrase, which no answer had before; what lies within it isn't told again. */
    @Test
    void tellsAnEndThatAnswersShare() {
        List<String> before = List.of("It is red.", "On Monday.", "No.", "Two owls.");
        List<String> after = List.of(
                "It is red. I am here  for you.",
                "On Monday. I am here for you.",
                "No. I am here for you.",
                "Two owls.");
        assertThat(RepeatedPhrases.of(before, after))
                .containsExactly(new RepeatedPhrases.Phrase("I am here for you.", 3, 3, 0));
    }

    /** What the starting model said as often is no finding. */
    @Test
    void leavesOutWhatWasSaidBefore() {
        List<String> answers = List.of("a I am here", "b I am here", "c I am here");
        assertThat(RepeatedPhrases.of(answers, answers)).isEmpty();
    }

    /** 40 answers of 64 words from 1,000, a hundred times: no phrase reaches the threshold. */
    @Test
    void randomTextHasNone() {
        Random random = new Random(7);
        for (int i = 0; i < 100; i++) {
            assertThat(RepeatedPhrases.of(random(random), random(random))).isEmpty();
        }
    }

    private static List<String> random(Random random) {
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            answers.add(IntStream.range(0, 64)
                    .mapToObj(word -> "w" + random.nextInt(1000))
                    .collect(Collectors.joining(" ")));
        }
        return answers;
    }
}
