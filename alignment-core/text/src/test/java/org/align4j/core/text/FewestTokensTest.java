package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The lower bound beside what the library makes: never above it for any tokenizer, and close to it for ordinary text. */
class FewestTokensTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");
    private static final List<String> SCRAPS = List.of(
            "the river",
            " and",
            " Once upon a time",
            "hello",
            "user",
            "\n\n",
            "   ",
            "\t",
            "123",
            "4.5",
            "don't",
            "é",
            "e\u0301",
            "\u212B",
            "\u212A",
            "\u0338",
            ">\u0338",
            "<|im_end|>",
            "<|im_start|>",
            "</s>",
            "中文",
            "\uAC00\u11A8",
            "\u1100\u1161",
            "👩‍👩‍👧",
            "\u2581",
            "\u2581the",
            "\u00AD",
            "\u200B",
            "a\u0327\u0301",
            "ﬁ",
            "Ω",
            "\u0000",
            "zqx");

    /** Ways to make a tokenizer of the demo's. */
    private enum Kind {
        BYTES(root -> {}),
        COMPOSED(root -> root.putObject("normalizer").put("type", "NFC")),
        STRIPPING(root -> ((ObjectNode) root.path("added_tokens").get(2))
                .put("lstrip", true)
                .put("rstrip", true)),
        UNIGRAM(root -> characters(root, false)),
        MERGES(root -> characters(root, true));

        private final Consumer<ObjectNode> change;

        Kind(Consumer<ObjectNode> change) {
            this.change = change;
        }

        /** A vocabulary of characters and words as sentencepiece has it, where é and others are one unknown token. */
        private static void characters(ObjectNode root, boolean merges) {
            root.putObject("normalizer")
                    .put("type", "Replace")
                    .put("content", "\u2581")
                    .putObject("pattern")
                    .put("String", " ");
            root.putNull("pre_tokenizer");
            ObjectNode decoder =
                    root.putObject("decoder").put("type", "Replace").put("content", " ");
            decoder.putObject("pattern").put("String", "\u2581");
            List<String> tokens = List.of(
                    "<unk>",
                    "\u2581",
                    "t",
                    "h",
                    "e",
                    "r",
                    "i",
                    "v",
                    "a",
                    "n",
                    "d",
                    "o",
                    "l",
                    "th",
                    "the",
                    "\u2581the",
                    "ll",
                    "中",
                    "\u2581a");
            ObjectNode model = root.putObject("model");
            if (merges) {
                model.put("type", "BPE").put("unk_token", "<unk>").put("fuse_unk", true);
                ObjectNode vocab = model.putObject("vocab");
                tokens.forEach(token -> vocab.put(token, vocab.size()));
                ArrayNode pairs = model.putArray("merges");
                List.of("t h", "th e", "\u2581 the", "l l", "\u2581 a").forEach(pairs::add);
            } else {
                model.put("type", "Unigram").put("unk_id", 0);
                ArrayNode vocab = model.putArray("vocab");
                tokens.forEach(token -> vocab.addArray().add(token).add(-1.0 / token.length()));
            }
            ArrayNode added = root.putArray("added_tokens");
            added.addObject()
                    .put("id", 0)
                    .put("content", "<unk>")
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
    }

    @TempDir
    Path folder;

    private Tokenizer tokenizer(Consumer<ObjectNode> change) throws IOException {
        ObjectNode root =
                (ObjectNode) JSON.readTree(DEMO.resolve("tokenizer.json").toFile());
        change.accept(root);
        Files.write(folder.resolve("tokenizer.json"), JSON.writeValueAsBytes(root));
        return Tokenizer.load(folder);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void isNeverAboveWhatTheLibraryMakes(Kind kind) throws IOException {
        try (Tokenizer tokenizer = tokenizer(kind.change)) {
            assertThat(tokenizer.knowsFewest()).isTrue();
            Random random = new Random(7);
            for (int text = 0; text < 600; text++) {
                StringBuilder scraps = new StringBuilder();
                int count = 1 + random.nextInt(40);
                for (int i = 0; i < count; i++) {
                    scraps.append(SCRAPS.get(random.nextInt(SCRAPS.size())).repeat(1 + random.nextInt(3)));
                }
                String whole = scraps.toString();
                int made = tokenizer.encode(whole, false).length;
                int least = tokenizer.fewest(whole, Integer.MAX_VALUE);
                assertThat(least).as("%s of %s", kind, whole).isBetween(0, made);
                assertThat(tokenizer.fewest(whole, 3)).as("stops").isEqualTo(Math.min(3, least));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void countsOnOverItsPieces(Kind kind) throws IOException {
        try (Tokenizer tokenizer = tokenizer(kind.change)) {
            String part = "the river and the hall 中文 é and then ";
            int made = tokenizer.encode(part.repeat(3000), false).length;
            assertThat(tokenizer.fewest(part.repeat(3000), Integer.MAX_VALUE)).isBetween(made / 3, made);
        }
    }

    @Test
    void isCloseForOrdinaryText() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(DEMO)) {
            StringBuilder text = new StringBuilder();
            for (String line :
                    Files.readAllLines(DEMO.resolveSibling("chats.jsonl")).subList(0, 100)) {
                for (JsonNode message : JSON.readTree(line).path("messages")) {
                    text.append(message.path("content").asText()).append('\n');
                }
            }
            int made = tokenizer.encode(text.toString(), false).length;
            assertThat(tokenizer.fewest(text.toString(), Integer.MAX_VALUE)).isBetween(made * 3 / 4, made);
        }
    }

    /** Lower case, words as one unknown token, removed white space: nothing is certain, and a limit goes by characters. */
    @Test
    void saysNothingOfTokenizersThatDropCharacters() throws IOException {
        List<Consumer<ObjectNode>> dropping = List.of(
                root -> root.putObject("normalizer").put("type", "Lowercase"),
                root -> root.putObject("normalizer").put("type", "NFKC"),
                root -> root.withObject("/pre_tokenizer").removeAll().put("type", "Whitespace"),
                root -> ((ObjectNode) root.path("model")).put("end_of_word_suffix", "</w>"));
        for (Consumer<ObjectNode> change : dropping) {
            try (Tokenizer tokenizer = tokenizer(change)) {
                assertThat(tokenizer.knowsFewest()).isFalse();
                assertThat(tokenizer.fewest("the river", 10)).isZero();
                TextEncoder encoder = new TextEncoder(tokenizer, null, null, Map.of()).within(4);
                assertThat(encoder.encodePrompt("a".repeat(256))).isNotEmpty();
                assertThatThrownBy(() -> encoder.encodePrompt("a".repeat(257)))
                        .isInstanceOf(TextEncoder.TooLong.class)
                        .hasMessageContaining("257 characters");
            }
        }
    }

    /** What fits has the ids that it has without a limit; what certainly doesn't is refused without the library, at once. */
    @Test
    void refusesWhatCantFitAndEncodesTheRestAsEver() throws IOException, URISyntaxException {
        Path chat = Path.of(getClass().getResource("/text/tiny-chat").toURI());
        for (Path model : List.of(DEMO, chat)) {
            TextEncoder free = TextEncoder.load(model, null, null, Map.of());
            TextEncoder bounded = free.within(600);
            String fits = "hello river, the user said. ".repeat(20);
            assertThat(bounded.encodePrompt(fits)).containsExactly(free.encodePrompt(fits));
            List<Message> messages =
                    List.of(Message.of("user", fits), Message.of("assistant", "hello"), Message.of("user", "é"));
            assertThat(bounded.encodePrompt(messages, null)).containsExactly(free.encodePrompt(messages, null));
            String huge = "hello river ".repeat(1 << 20);
            assertThatThrownBy(() -> bounded.encodePrompt(huge))
                    .isInstanceOf(TextEncoder.TooLong.class)
                    .hasMessageContaining("more than 600 tokens");
            assertThatThrownBy(() -> bounded.encodePrompt(List.of(Message.of("user", huge)), null))
                    .isInstanceOf(TextEncoder.TooLong.class);
        }
    }
}
