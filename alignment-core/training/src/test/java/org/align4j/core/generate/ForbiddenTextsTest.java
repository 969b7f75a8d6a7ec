package org.align4j.core.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.reference.TinyFamilies;
import org.align4j.core.text.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts kept out of answers: a slow search in the text of every possible next token says what may come. */
class ForbiddenTextsTest {
    private static final int SPACED = 192;
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");

    /** The vocabulary: ve, very, \u2423very, e, r, y, \u2423, the two bytes of \u00e9, and the token of the end; tokens 3 and 4 are spelled alike. */
    private static final String[] WORDS = {"ve", "very", " very", "e", "e", "r", "y", " ", "v", "very good"};

    private static SpelledTokens words() {
        Map<Integer, byte[]> spellings = new TreeMap<>();
        for (int id = 0; id < WORDS.length; id++) {
            spellings.put(id, WORDS[id].getBytes(StandardCharsets.UTF_8));
        }
        spellings.put(10, new byte[] {(byte) 0xC3});
        spellings.put(11, new byte[] {(byte) 0xA9});
        return new SpelledTokens(spellings, Map.of(12, "</s>".getBytes(StandardCharsets.UTF_8)));
    }

    private static int[] after(List<String> texts, int... ids) {
        return new ForbiddenTexts(texts, words())
                .after(ids, 0, ids.length).stream().toArray();
    }

    /** By hand: tokens that hold the text, then those that bring it to its end. */
    @Test
    void everyWayToWriteATextIsRuledOut() {
        assertThat(after(List.of(" very"))).containsExactly(2);
        assertThat(after(List.of(" very"), 7)).containsExactly(1, 2, 9);
        assertThat(after(List.of(" very"), 7, 0)).containsExactly(2);
        assertThat(after(List.of(" very"), 7, 0, 5)).containsExactly(2, 6);
        assertThat(after(List.of(" very"), 7, 12, 8, 3, 5)).containsExactly(2, 6);
        assertThat(after(List.of("ee"), 4)).containsExactly(3, 4);
        assertThat(after(List.of("\u00e9"))).isEmpty();
        assertThat(after(List.of("\u00e9"), 10)).containsExactly(11);
        assertThat(after(List.of("</s>"))).containsExactly(12);
        assertThat(after(List.of("s"), 7)).isEmpty();
    }

    /** What comes before an answer is no part of it. */
    @Test
    void thePromptDoesNotBeginAText() {
        ForbiddenTexts texts = new ForbiddenTexts(List.of(" very"), words());
        assertThat(texts.after(new int[] {7, 8, 3}, 1, 3).stream()).containsExactly(2);
        assertThat(texts.after(new int[] {7, 8, 3, 5, 6}, 0, 2).stream()).containsExactly(2);
    }

    /** Only what may come behind every text counts: an end, or a token that no text has in it. */
    @Test
    void whatMayLeaveNothingIsRefused() {
        SpelledTokens two =
                new SpelledTokens(Map.of(0, new byte[] {'a'}, 1, new byte[] {'b'}), Map.of(2, new byte[] {'c'}));
        SpelledTokens endless = new SpelledTokens(Map.of(0, new byte[] {'a'}, 1, new byte[] {'b'}), Map.of());
        assertThat(new ForbiddenTexts(List.of("a", "b"), two).after(new int[0], 0, 0).stream())
                .containsExactly(0, 1);
        assertThat(new ForbiddenTexts(List.of("ab"), endless).after(new int[] {0}, 0, 1).stream())
                .containsExactly(1);
        assertThatThrownBy(() -> new ForbiddenTexts(List.of("a", "b"), endless))
                .hasMessageContaining("forbid is a,b", "no token", "forbid less");
        assertThatThrownBy(() -> new ForbiddenTexts(List.of("aa", "bb", "ab", "ba"), endless))
                .hasMessageContaining("forbid is aa,bb,ab,ba");
    }

    /** Random answers over few letters, in bytes that are parts of characters too. */
    @Test
    void asASlowSearchFindsThem() {
        SplittableRandom random = new SplittableRandom(7);
        byte[] alphabet = {'a', 'b', ' ', (byte) 0xC3, (byte) 0xA9, (byte) 0xBF};
        List<String> forbidden = List.of("ab a", " b", "aab", "b\u00e9a", "\u00ff", "bbb");
        Map<Integer, byte[]> spellings = new TreeMap<>();
        for (int id = 0; id < 300; id++) {
            byte[] bytes = new byte[1 + random.nextInt(5)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = alphabet[random.nextInt(alphabet.length)];
            }
            spellings.put(id, id < alphabet.length ? new byte[] {alphabet[id]} : bytes);
        }
        ForbiddenTexts texts = new ForbiddenTexts(
                forbidden, new SpelledTokens(spellings, Map.of(300, new byte[] {'a'}, 301, new byte[] {' ', 'b'})));
        int ruledOut = 0;
        for (int answer = 0; answer < 30; answer++) {
            int[] ids = new int[25];
            String text = "";
            for (int count = 0; count < ids.length; count++) {
                BitSet out = texts.after(ids, 0, count);
                for (int id : spellings.keySet()) {
                    String next = text + letters(spellings.get(id));
                    assertThat(out.get(id))
                            .isEqualTo(forbidden.stream()
                                    .anyMatch(one -> next.contains(letters(one.getBytes(StandardCharsets.UTF_8)))));
                }
                assertThat(out.get(300)).isFalse();
                assertThat(out.get(301)).isTrue();
                ruledOut += out.cardinality();
                int[] left =
                        IntStream.rangeClosed(0, 300).filter(id -> !out.get(id)).toArray();
                ids[count] = left[random.nextInt(left.length)];
                text += ids[count] == 300 ? "" : letters(spellings.get(ids[count]));
            }
        }
        assertThat(ruledOut).isGreaterThan(30 * 25 * 10);
    }

    private static String letters(byte... bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** A byte-level vocabulary: the demo writes the text in many ways. */
    @Test
    void noAnswerOfTheDemoHoldsAText() {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO);
                BaseModel base = BaseModel.load(DEMO, Families.decoder(DEMO), Dtype.F32, Engine.cpu())) {
            List<String> forbidden = List.of("e", " th");
            int[] prompt = tokenizer.encode("How are", false);
            List<String> all = answers(base, tokenizer, prompt, List.of());
            assertThat(all).allMatch(text -> text.contains("e"));
            List<String> texts = answers(base, tokenizer, prompt, forbidden);
            assertThat(texts)
                    .allMatch(text -> text.length() > 5)
                    .noneMatch(text -> forbidden.stream().anyMatch(text::contains));
        }
    }

    /** A normalizer puts U+2581 before every text that is encoded, and so before a forbidden one: yet it stands for a token's own space. */
    @Test
    void aSpaceBelongsToItsTokenWhereANormalizerPrependsOne(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), spaced());
        Path model = TinyFamilies.of("llama");
        try (Tokenizer tokenizer = Tokenizer.load(folder);
                BaseModel base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu())) {
            int space = tokenizer.encode("a", false)[0];
            assertThat(tokenizer.decode(new int[] {3, space}, false)).isEqualTo("a a");
            List<int[]> answers = ids(base, tokenizer, List.of(" a"));
            assertThat(answers).allSatisfy(ids -> {
                String text = tokenizer.decode(
                        IntStream.concat(IntStream.of(3), IntStream.of(ids)).toArray(), true);
                assertThat(text).startsWith("a").doesNotContain(" a");
            });
            assertThat(ids(base, tokenizer, List.of()))
                    .anyMatch(ids -> Arrays.stream(ids).anyMatch(id -> id == space));
        }
    }

    private static List<int[]> ids(BaseModel base, Tokenizer tokenizer, List<String> forbidden) {
        List<PromptTokens> prompts = IntStream.range(0, 40)
                .mapToObj(row -> new PromptTokens(row, new int[] {5 + row}, null))
                .toList();
        GenerationSettings settings = settings(forbidden, 4);
        return new Generator(base, base, AnswerEnds.of(tokenizer), 60)
                .generate(prompts, settings).stream().map(Completion::ids).toList();
    }

    private static List<String> answers(BaseModel base, Tokenizer tokenizer, int[] prompt, List<String> forbidden) {
        return new Generator(base, base, AnswerEnds.of(tokenizer), 60)
                .generate(List.of(new PromptTokens(0, prompt, null)), settings(forbidden, 12)).stream()
                        .map(answer -> String.valueOf(answer.text()))
                        .toList();
    }

    private static GenerationSettings settings(List<String> forbidden, int samples) {
        Sampling drawn = new Sampling(1.5, 0, 1, 0, 1, 0, Map.of(), forbidden);
        return new GenerationSettings(24, drawn, samples, 3, List.of(), true);
    }

    /** A tokenizer of Llama 2's kind with as many tokens as the tiny model: letters, letters behind a space, pairs of them. */
    private static String spaced() throws IOException {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        IntStream.rangeClosed('a', 'z').forEach(letter -> tokens.add("" + (char) letter));
        IntStream.rangeClosed('a', 'z').forEach(letter -> tokens.add("\u2581" + (char) letter));
        tokens.add("\u2581");
        for (int i = 0; tokens.size() < SPACED; i++) {
            tokens.add("" + (char) ('a' + i / 26) + (i % 5 == 0 ? "\u2581" : "") + (char) ('a' + i % 26));
        }
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        tokens.forEach(token -> vocabulary.put(token, vocabulary.size()));
        Map<String, Object> space = Map.of("type", "Replace", "pattern", Map.of("String", " "), "content", "\u2581");
        Map<String, Object> back = Map.of("type", "Replace", "pattern", Map.of("String", "\u2581"), "content", " ");
        List<String> merges = IntStream.rangeClosed('a', 'z')
                .mapToObj(c -> "\u2581 " + (char) c)
                .toList();
        return new ObjectMapper()
                .writeValueAsString(Map.of(
                        "version", "1.0",
                        "added_tokens",
                                List.of(Map.of(
                                        "id",
                                        2,
                                        "content",
                                        "</s>",
                                        "special",
                                        true,
                                        "normalized",
                                        false,
                                        "single_word",
                                        false,
                                        "lstrip",
                                        false,
                                        "rstrip",
                                        false)),
                        "normalizer",
                                Map.of(
                                        "type",
                                        "Sequence",
                                        "normalizers",
                                        List.of(Map.of("type", "Prepend", "prepend", "\u2581"), space)),
                        "decoder",
                                Map.of(
                                        "type",
                                        "Sequence",
                                        "decoders",
                                        List.of(
                                                back,
                                                Map.of("type", "Fuse"),
                                                Map.of("type", "Strip", "content", " ", "start", 1, "stop", 0))),
                        "model", Map.of("type", "BPE", "unk_token", "<unk>", "vocab", vocabulary, "merges", merges)));
    }
}
