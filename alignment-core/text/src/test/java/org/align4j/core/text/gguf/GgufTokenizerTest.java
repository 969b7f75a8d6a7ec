package org.align4j.core.text.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Checkout;
import org.align4j.core.files.Json;
import org.align4j.core.gguf.GgufFields;
import org.align4j.core.text.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers that went through a file's fields make the same tokens; what the fields can't say is refused by name. */
class GgufTokenizerTest {
    private static final List<String> TEXTS = List.of(
            "Once upon a time, there were 12345 cats.",
            "  two spaces, a tab\tand\n\na line",
            "don't we'll I'VE",
            "Grüße aus Köln – 日本語, emoji 🎉!",
            "<|im_start|>user\nWhat's 3+4?<|im_end|>\n",
            "x = [1, 2.5]; // done",
            "");

    @TempDir
    Path folder;

    private GgufFields fields(Path model, int rows) {
        GgufFields fields = new GgufFields();
        GgufTokenizer.describe(model, rows, fields);
        return fields;
    }

    private void requireSame(Path model, int rows) throws IOException {
        Path read = Files.createDirectories(folder.resolve("read"));
        GgufTokenizerFiles.write(Path.of("m.gguf"), fields(model, rows), read);
        try (Tokenizer own = Tokenizer.load(model);
                Tokenizer other = Tokenizer.load(read)) {
            for (String text : TEXTS) {
                for (boolean special : new boolean[] {false, true}) {
                    assertThat(other.encode(text, special)).as(text).containsExactly(own.encode(text, special));
                }
                int[] ids = own.encode(text, false);
                assertThat(other.decode(ids, true)).as(text).isEqualTo(own.decode(ids, true));
            }
            assertThat(other.special().stopIds()).containsExactly(own.special().stopIds());
            assertThat(other.special().bos()).isEqualTo(own.special().bos());
        }
    }

    @ParameterizedTest
    @CsvSource({"demo, 1536", "play, 2048", "tools, 812"})
    void modelsOfThisCheckoutHaveTheSameTokens(String name, int rows) throws IOException {
        Path model = Checkout.ROOT.resolve("data/" + name + "/model");
        requireSame(model, rows);
        assertThat(fields(model, rows).text("tokenizer.ggml.pre")).isEqualTo("gpt-2");
        assertThat(folder.resolve("read/chat_template.jinja"))
                .hasSameTextualContentAs(model.resolve("chat_template.jinja"));
    }

    /** A vocabulary of sentencepiece's, whose merges the file says as scores. */
    private Path pieces() throws IOException {
        ObjectNode root = Json.object().put("version", "1.0");
        ArrayNode added = root.putArray("added_tokens");
        ObjectNode model = root.putObject("model")
                .put("type", "BPE")
                .put("unk_token", "<unk>")
                .put("byte_fallback", true);
        model.put("fuse_unk", true);
        ObjectNode vocabulary = model.putObject("vocab");
        for (String special : List.of("<unk>", "<s>", "</s>")) {
            ObjectNode token = added.addObject().put("id", vocabulary.size()).put("content", special);
            token.put("single_word", false).put("lstrip", false).put("rstrip", false);
            token.put("normalized", false).put("special", true);
            vocabulary.put(special, vocabulary.size());
        }
        for (int b = 0; b < 256; b++) {
            vocabulary.put(String.format("<0x%02X>", b), vocabulary.size());
        }
        ArrayNode merges = model.putArray("merges");
        for (String[] merge : new String[][] {
            {"\u2581", "t"},
            {"h", "e"},
            {"\u2581t", "he"},
            {"i", "n"},
            {"\u2581", "a"},
            {"r", "e"},
            {"h", "er"},
            {"e", "r"},
            {"in", "g"}
        }) {
            for (String part : new String[] {merge[0], merge[1], merge[0] + merge[1]}) {
                if (!vocabulary.has(part)) {
                    vocabulary.put(part, vocabulary.size());
                }
            }
            merges.addArray().add(merge[0]).add(merge[1]);
        }
        ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
        ArrayNode steps = normalizer.putArray("normalizers");
        steps.addObject().put("type", "Prepend").put("prepend", "\u2581");
        steps.addObject()
                .put("type", "Replace")
                .put("content", "\u2581")
                .putObject("pattern")
                .put("String", " ");
        ObjectNode decoder = root.putObject("decoder").put("type", "Sequence");
        ArrayNode decoders = decoder.putArray("decoders");
        decoders.addObject()
                .put("type", "Replace")
                .put("content", " ")
                .putObject("pattern")
                .put("String", "\u2581");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        decoders.addObject()
                .put("type", "Strip")
                .put("content", " ")
                .put("start", 1)
                .put("stop", 0);
        Path model1 = Files.createDirectories(folder.resolve("pieces"));
        Files.write(model1.resolve("tokenizer.json"), Json.bytes(root));
        Files.writeString(
                model1.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\"}");
        return model1;
    }

    @Test
    void sentencepiecesMergesAreScores() throws IOException {
        Path model = pieces();
        requireSame(model, 300);
        GgufFields fields = fields(model, 300);
        assertThat(fields.text("tokenizer.ggml.model")).isEqualTo("llama");
        assertThat(fields.isOn("tokenizer.ggml.add_space_prefix", false)).isTrue();
        List<String> tokens = fields.texts("tokenizer.ggml.tokens");
        assertThat(tokens).hasSize(300).contains("[PAD299]");
        List<Double> scores = fields.fractions("tokenizer.ggml.scores");
        assertThat(scores.get(tokens.indexOf("\u2581t"))).isGreaterThan(scores.get(tokens.indexOf("he")));
        assertThat(fields.wholes("tokenizer.ggml.token_type"))
                .startsWith(2L, 3L, 3L, 6L)
                .endsWith(5L);
    }

    /** The steps of a tokenizer.json decide, not the vocabulary. */
    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "dbrx", "qwen2", "tekken", "gpt-4o", "llama4"})
    void everyNameIsFoundByItsSteps(String name) {
        PreTokenizer pre = PreTokenizer.named(name).orElseThrow();
        assertThat(PreTokenizer.of(pre.json(), pre.wholeFirst())).contains(pre);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pre_tokenizer | {\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"use_regex\": true} | pre_tokenizer",
                "pre_tokenizer | {\"type\": \"Whitespace\"} | Whitespace",
                "normalizer | {\"type\": \"Lowercase\"} | Lowercase",
                "model | {\"type\": \"Unigram\", \"vocab\": []} | Unigram"
            })
    void whatTheFieldsCantSayIsNamed(String part, String json, String word) throws IOException {
        JsonNode root = Json.read(Checkout.ROOT.resolve("data/demo/model/tokenizer.json"));
        ((ObjectNode) root).set(part, Json.read(json));
        Files.write(folder.resolve("tokenizer.json"), Json.bytes(root));
        assertThatThrownBy(() -> fields(folder, 1536))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(word);
    }

    @Test
    void moreTokensThanEmbeddingsAreRefused() {
        assertThatThrownBy(() -> fields(Checkout.ROOT.resolve("data/demo/model"), 1000))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("1535")
                .hasMessageContaining("1000");
    }
}
