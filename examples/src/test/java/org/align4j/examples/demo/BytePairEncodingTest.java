package org.align4j.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.examples.demo.BytePairEncoding.Merge;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairEncodingTest {
    private static final List<String> TEXTS = List.of("hug hug hug", "pug hugs", "bun 12 buns");
    private static final List<String> OTHERS =
            List.of("hugging buns", "it's 12  o'clock\n\n", "Grüße 你好 🙂", "a\tb\r\n c ", "");

    /**
     * By hand: the words are hug, " hug" twice, pug, " hugs", bun, " 12" and " buns". u+g stands in five of them; then h+ug
     * in four, and the space + hug in three. b+u and u+n both stand in two: b comes first; then bu+n has two.
     */
    @Test
    void joinsTheMostFrequentNeighboursFirst() {
        assertThat(BytePairEncoding.learn(TEXTS.stream(), 5).merges())
                .containsExactly(
                        new Merge("u", "g"),
                        new Merge("h", "ug"),
                        new Merge("Ġ", "hug"),
                        new Merge("b", "u"),
                        new Merge("bu", "n"));
    }

    @Test
    void stopsWhenNothingIsLeftToJoin() {
        assertThat(BytePairEncoding.learn(Stream.of("aa"), 9).merges()).containsExactly(new Merge("a", "a"));
    }

    @Test
    void theFilesCutTextsAsTheEncoderDoesAndGiveThemBack(@TempDir Path folder) throws IOException {
        BytePairEncoding encoding = BytePairEncoding.learn(TEXTS.stream(), 12);
        new TokenizerFiles(encoding, List.of(), TokenizerFiles.CHAT).write(512, folder);
        BytePairEncoding.Encoder encoder = encoding.encoder();
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.builder()
                .optTokenizerPath(folder.resolve("tokenizer.json"))
                .optTruncation(false)
                .optPadding(false)
                .optAddSpecialTokens(false)
                .build()) {
            for (String text : Stream.concat(TEXTS.stream(), OTHERS.stream()).toList()) {
                Encoding cut = tokenizer.encode(text, false, false);
                assertThat(List.of(cut.getTokens())).isEqualTo(encoder.tokens(text));
                assertThat(tokenizer.decode(cut.getIds(), false)).isEqualTo(text);
            }
            assertThat(tokenizer
                            .encode("<|im_start|>hug<|im_end|>", false, false)
                            .getTokens())
                    .containsExactly("<|im_start|>", "hug", "<|im_end|>");
        }
    }

    /** Both merges fit "abc"; the one that was learned first is made, after which the other no longer fits. */
    @Test
    void theMergeThatWasLearnedFirstIsMadeFirst() {
        BytePairEncoding.Merge first = new BytePairEncoding.Merge("a", "b");
        BytePairEncoding.Merge second = new BytePairEncoding.Merge("b", "c");
        assertThat(new BytePairEncoding(List.of(first, second)).encoder().tokens("abc"))
                .containsExactly("ab", "c");
        assertThat(new BytePairEncoding(List.of(second, first)).encoder().tokens("abc"))
                .containsExactly("a", "bc");
    }
}
