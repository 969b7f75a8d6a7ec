package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without the check each of the refused files ends the process of the test. */
class VanishingTokensTest {
    private static final String STRIP = "{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}";
    private static final String BERT =
            "{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true}";

    @TempDir
    Path model;

    @Test
    void aTokenThatTheNormalizerStripsAwayIsRefused() throws IOException {
        write(STRIP, " ", true);

        assertThatThrownBy(() -> Tokenizer.load(model))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("leaves nothing of the added token \" \"");
    }

    @Test
    void aTokenThatIsNotNormalizedStays() throws IOException {
        write(STRIP, " ", false);

        try (Tokenizer tokenizer = Tokenizer.load(model)) {
            assertThat(tokenizer.encode("ä b", false)).contains(1);
        }
    }

    /** BERT's normalizer leaves no private characters, which stand for control tokens that are ordinary text. */
    @Test
    void controlTokensAsTextAreRefusedWhereTheirNamesWouldVanish() throws IOException {
        write(BERT, "<s>", true);

        try (Tokenizer tokenizer = Tokenizer.load(model)) {
            assertThat(tokenizer.encode("ä <s>", false)).contains(1);
            assertThatThrownBy(() -> tokenizer.encodeLiterally("ä <s>"))
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("leaves nothing of the added token");
        }
    }

    private void write(String normalizer, String token, boolean normalized) throws IOException {
        Files.writeString(
                model.resolve("tokenizer.json"),
                "{\"version\":\"1.0\",\"added_tokens\":[{\"id\":1,\"content\":\"" + token
                        + "\",\"single_word\":false,\"lstrip\":true,\"rstrip\":true,\"normalized\":" + normalized
                        + ",\"special\":true}],\"normalizer\":" + normalizer
                        + ",\"pre_tokenizer\":null,\"post_processor\":null,\"decoder\":null,\"model\":{\"type\":"
                        + "\"WordLevel\",\"unk_token\":\"u\",\"vocab\":{\"u\":0}}}");
    }
}
