package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of each token: put together, with the bytes of parts as bytes, it is the text of them all. */
class TokenTextsTest {
    private static final Pattern BYTE = Pattern.compile("<0x([0-9A-F]{2})>");
    private static final String TEXT =
            "Gr\u00fc\u00dfe \ud83d\ude42 \u4f60\u597d, \ud83d\udc68\u200d\ud83d\udc69 \u20ac5 na\u00efve \ufffd\n\tx";

    private static final Path DEMO = Path.of(System.getProperty("align4j.root")).resolve("data/demo/model");

    private static void check(Path model) {
        Assumptions.assumeTrue(Files.isRegularFile(model.resolve("tokenizer.json")), "absent: " + model);
        try (Tokenizer tokenizer = Tokenizer.load(model)) {
            int[] ids = tokenizer.encode(TEXT, false);
            List<String> texts = tokenizer.texts(ids);
            assertThat(texts).hasSize(ids.length);
            assertThat(joined(texts)).isEqualTo(tokenizer.decode(ids, false));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260k", "tinystories-656k"})
    void theTextsOfAModelMakeTheWhole(String model) {
        check(DEMO.resolve("../../../../shared/models").resolve(model).normalize());
    }

    /** The demo's byte-level vocabulary joins no bytes of the euro sign: E2 82 AC by UTF-8's table. */
    @ParameterizedTest
    @ValueSource(strings = "\u20ac5")
    void aPartOfACharacterShowsItsByte(String text) {
        check(DEMO);
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            assertThat(tokenizer.texts(tokenizer.encode(text, false)))
                    .containsExactly("<0xE2>", "<0x82>", "<0xAC>", "5");
            assertThat(tokenizer.texts(tokenizer.encode("\u20ac", false))).hasSize(3);
            int[] half = {tokenizer.encode("\u20ac", false)[0]};
            assertThat(tokenizer.texts(half)).containsExactly("<0xE2>");
        }
    }

    /** The texts as bytes, each that is written as such taken for itself. */
    private static String joined(List<String> texts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String all = String.join("", texts);
        Matcher named = BYTE.matcher(all);
        int end = 0;
        while (named.find()) {
            bytes.writeBytes(all.substring(end, named.start()).getBytes(StandardCharsets.UTF_8));
            bytes.write(Integer.parseInt(named.group(1), 16));
            end = named.end();
        }
        bytes.writeBytes(all.substring(end).getBytes(StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
