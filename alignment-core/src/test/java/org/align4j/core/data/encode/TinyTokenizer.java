package org.align4j.core.data.encode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A tokenizer for tests: one token a byte, and {@code ab} as one token. Ids: 0 to 255 the bytes, 256 {@code ab}, 257
 * {@code <s>}, 258 {@code </s>}.
 */
final class TinyTokenizer {
    static final int AB = 256;
    static final int BOS = 257;
    static final int EOS = 258;
    static final int SIZE = 259;

    private TinyTokenizer() {}

    /** Writes a model folder. */
    static void write(Path folder, boolean leadingBos, String template) throws IOException {
        Files.createDirectories(folder);
        StringBuilder vocabulary = new StringBuilder();
        for (int c = 0; c < 256; c++) {
            vocabulary.append(String.format("\"\\u%04x\":%d,", symbol(c), c));
        }
        String post = leadingBos
                ? "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},"
                        + "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},"
                        + "{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],\"special_tokens\":{\"<s>\":{\"id\":\"<s>\",\"ids\":[257],"
                        + "\"tokens\":[\"<s>\"]}}}"
                : "null";
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[" + added(BOS, "<s>") + ","
                        + added(EOS, "</s>") + "],\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"ByteLevel\","
                        + "\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false},\"post_processor\":"
                        + post
                        + ",\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":"
                        + "false},\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,\"continuing_subword_prefix\":"
                        + "null,\"end_of_word_suffix\":null,\"fuse_unk\":false,\"byte_fallback\":false,\"vocab\":{"
                        + vocabulary
                        + "\"ab\":256},\"merges\":[\"a b\"]}}");
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\""
                        + (template.isEmpty() ? "" : ",\"chat_template\":\"" + template + "\"") + "}");
    }

    /** GPT-2's printable stand-in for a byte: itself, or the next unused character from U+0100. */
    private static int symbol(int c) {
        if (printable(c)) {
            return c;
        }
        int before = 0;
        for (int other = 0; other < c; other++) {
            before += printable(other) ? 0 : 1;
        }
        return 0x100 + before;
    }

    private static boolean printable(int c) {
        return (c > 32 && c < 127) || (c > 160 && c != 173);
    }

    private static String added(int id, String text) {
        return "{\"id\":" + id + ",\"content\":\"" + text
                + "\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
                + "\"normalized\":false,\"special\":true}";
    }

    /** The ids of an ASCII text without {@code ab}, and of what follows it. */
    static int[] ids(String text, int... after) {
        int[] ids = Arrays.copyOf(text.chars().toArray(), text.length() + after.length);
        System.arraycopy(after, 0, ids, text.length(), after.length);
        return ids;
    }
}
