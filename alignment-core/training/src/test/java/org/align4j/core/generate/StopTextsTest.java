package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.align4j.core.files.Checkout;
import org.align4j.core.text.Tokenizer;
import org.junit.jupiter.api.Test;

class StopTextsTest {
    /** Both letters come in one token; the answer ends before the first of them, whichever was named first. */
    @Test
    void ofTwoStopTextsInOneTokenTheEarlierEndsTheAnswer() {
        try (Tokenizer tokenizer = Tokenizer.load(Checkout.resource("text", "text/tiny-chat"))) {
            int id = IntStream.range(0, tokenizer.vocabularySize())
                    .filter(each -> written(tokenizer, each).matches("[a-z]{3,}")
                            && written(tokenizer, each).chars().distinct().count() > 2)
                    .findFirst()
                    .orElseThrow();
            String token = written(tokenizer, id);
            List<String> letters = List.of(token.substring(2, 3), token.substring(1, 2));
            AnswerText text = new AnswerText(tokenizer, letters);
            assertThat(text.add(id)).isEqualTo(token.substring(0, 1));
            assertThat(text.stopped()).isTrue();
            assertThat(text.finish()).isEmpty();
            assertThat(text.text()).isEqualTo(token.substring(0, 1));
        }
    }

    private static String written(Tokenizer tokenizer, int id) {
        AnswerText text = new AnswerText(tokenizer, List.of());
        text.add(id);
        text.finish();
        return text.text();
    }
}
