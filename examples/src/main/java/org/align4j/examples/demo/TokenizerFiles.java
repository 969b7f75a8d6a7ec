package org.align4j.examples.demo;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the tokenizer of a chat model as a Hugging Face folder holds it: {@code tokenizer.json}, {@code
 * tokenizer_config.json}, {@code special_tokens_map.json}, {@code chat_template.jinja}.
 *
 * @param encoding makes tokens of words
 * @param marks texts that are one token wherever they stand, though they control nothing
 * @param template writes conversations, in Jinja
 */
record TokenizerFiles(BytePairEncoding encoding, List<String> marks, String template) {
    /** Ends a text. */
    public static final String END_OF_TEXT = "<|endoftext|>";
    /** Begins a message. */
    public static final String START = "<|im_start|>";
    /** Ends a message, and with it what the model says. */
    public static final String END = "<|im_end|>";
    /** Fills up what needs no token. */
    public static final String PAD = "<|pad|>";

    /** The special tokens in the order of their ids, which come before all others. */
    public static final List<String> SPECIAL = List.of(END_OF_TEXT, START, END, PAD);

    /** The demo's: ChatML with the line breaks between the messages, so that a response ends with its end token and nothing more. */
    static final String CHAT = """
            {%- for message in messages %}
                {%- if not loop.first %}{{- '\\n' }}{% endif %}
                {{- '<|im_start|>' + message['role'] + '\\n' }}
                {%- if message['role'] == 'assistant' %}
                    {%- generation %}{{- message['content'] + '<|im_end|>' }}{% endgeneration %}
                {%- else %}
                    {{- message['content'] + '<|im_end|>' }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '\\n<|im_start|>assistant\\n' }}
            {%- endif %}
            """;

    private static final ObjectWriter JSON =
            new ObjectMapper().writer(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")));

    /** The id of a special token. */
    public static int id(String special) {
        return SPECIAL.indexOf(special);
    }

    /** Returns how many entries the vocabulary has: special tokens, marks, bytes and what merges make. */
    int size() {
        return SPECIAL.size() + marks.size() + encoding.tokens().size();
    }

    /** Writes the four files. */
    public void write(int maxLength, Path folder) throws IOException {
        json(folder.resolve("tokenizer.json"), tokenizer());
        json(folder.resolve("tokenizer_config.json"), configuration(maxLength));
        json(folder.resolve("special_tokens_map.json"), object("eos_token", END, "pad_token", PAD));
        Files.writeString(folder.resolve("chat_template.jinja"), template, StandardCharsets.UTF_8);
    }

    private static void json(Path file, Object value) throws IOException {
        Files.writeString(file, JSON.writeValueAsString(value) + "\n", StandardCharsets.UTF_8);
    }

    private Map<String, Object> tokenizer() {
        Map<String, Object> byteLevel = object("type", "ByteLevel", "add_prefix_space", false);
        byteLevel.put("trim_offsets", true);
        byteLevel.put("use_regex", true);
        Map<String, Object> tokenizer = object("version", "1.0", "truncation", null);
        tokenizer.put("padding", null);
        tokenizer.put(
                "added_tokens",
                Stream.concat(SPECIAL.stream(), marks.stream()).map(this::added).toList());
        tokenizer.put("normalizer", null);
        tokenizer.put("pre_tokenizer", byteLevel);
        tokenizer.put("post_processor", null);
        tokenizer.put("decoder", byteLevel);
        tokenizer.put("model", model());
        return tokenizer;
    }

    private Map<String, Object> model() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        SPECIAL.forEach(token -> vocabulary.put(token, vocabulary.size()));
        marks.forEach(token -> vocabulary.put(token, vocabulary.size()));
        encoding.tokens().forEach(token -> vocabulary.put(token, vocabulary.size()));
        Map<String, Object> model = object("type", "BPE", "dropout", null);
        model.put("unk_token", null);
        model.put("continuing_subword_prefix", null);
        model.put("end_of_word_suffix", null);
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", false);
        model.put("vocab", vocabulary);
        model.put(
                "merges",
                encoding.merges().stream()
                        .map(merge -> merge.left() + " " + merge.right())
                        .toList());
        return model;
    }

    private Map<String, Object> added(String token) {
        boolean special = SPECIAL.contains(token);
        int id = special ? id(token) : SPECIAL.size() + marks.indexOf(token);
        Map<String, Object> added = object("id", id, "content", token);
        List.of("single_word", "lstrip", "rstrip", "normalized").forEach(flag -> added.put(flag, false));
        added.put("special", special);
        return added;
    }

    private static Map<String, Object> configuration(int maxLength) {
        Map<String, Object> configuration = object("tokenizer_class", "PreTrainedTokenizerFast", "bos_token", null);
        configuration.put("eos_token", END);
        configuration.put("pad_token", PAD);
        configuration.put("unk_token", null);
        configuration.put("add_bos_token", false);
        configuration.put("add_prefix_space", false);
        configuration.put("clean_up_tokenization_spaces", false);
        configuration.put("model_max_length", maxLength);
        return configuration;
    }

    private static Map<String, Object> object(
            String key, @Nullable Object value, String key2, @Nullable Object value2) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(key, value);
        object.put(key2, value2);
        return object;
    }
}
