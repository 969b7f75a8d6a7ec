package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.align4j.core.error.InputException;
import org.align4j.core.text.tokenizer.Tokenizer;

/**
 * A process of its own that opens mutated tokenizers by the native library and encodes by them: {@code FOLDER FIRST END}. Each
 * number is the seed of one mutation; it is printed before the library has it, and behind it how it ended.
 */
final class MutatedTokenizers {
    private static final String ADDED =
            "\"added_tokens\":[{\"id\":5,\"content\":\"<s>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}]";
    private static final String BYTES =
            "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}";

    /** A tokenizer of each kind of model, with parts of many kinds before and behind it. */
    private static final List<String> SOURCES = List.of(
            "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null," + ADDED + ",\"normalizer\":{\"type\":\"NFC\"},"
                    + "\"pre_tokenizer\":" + BYTES + ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":["
                    + "{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":"
                    + "[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"Sequence\":{\"id\":\"B\",\"type_id\":1}}],"
                    + "\"special_tokens\":{\"<s>\":{\"id\":\"<s>\",\"ids\":[5],\"tokens\":[\"<s>\"]}}},\"decoder\":"
                    + BYTES
                    + ",\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":null,\"continuing_subword_prefix\":null,"
                    + "\"end_of_word_suffix\":null,\"fuse_unk\":false,\"byte_fallback\":false,\"vocab\":{\"a\":0,\"b\":1,"
                    + "\"ab\":2,\"c\":3,\"abc\":4},\"merges\":[\"a b\",\"ab c\"]}}",
            "{\"version\":\"1.0\"," + ADDED
                    + ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\","
                    + "\"prepend\":\"_\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"_\"}]},"
                    + "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"first\",\"split\":true},"
                    + "\"post_processor\":null,\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"ByteFallback\"},"
                    + "{\"type\":\"Fuse\"},{\"type\":\"Strip\",\"content\":\" \",\"start\":1,\"stop\":0}]},\"model\":{"
                    + "\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0.0],[\"a\",-1.5],[\"b\",-2.0],[\"_a\",-3],"
                    + "[\"<0x41>\",-4]],\"byte_fallback\":true}}",
            "{\"version\":\"1.0\"," + ADDED + ",\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"
                    + "\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":"
                    + "\"BertPreTokenizer\"},\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"<s>\",5],\"cls\":"
                    + "[\"<s>\",5]},\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":{\"type\":"
                    + "\"WordPiece\",\"unk_token\":\"u\",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,"
                    + "\"vocab\":{\"u\":0,\"a\":1,\"##b\":2,\"b\":3,\"##a\":4}}}",
            "{\"version\":\"1.0\"," + ADDED
                    + ",\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\","
                    + "\"pattern\":{\"Regex\":\"(a|b)+|\\\\s+(?!\\\\S)\"},\"behavior\":\"Isolated\",\"invert\":false},{\"type\":"
                    + "\"Digits\",\"individual_digits\":true},{\"type\":\"Punctuation\",\"behavior\":\"Removed\"}]},\"model\":{"
                    + "\"type\":\"WordLevel\",\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1,\"b\":2}}}");

    private static final List<String> WORDS = List.of(
            "null",
            "0",
            "-1",
            "4294967295",
            "18446744073709551615",
            "1e308",
            "\"\"",
            "[]",
            "{}",
            "true",
            "\"ByteLevel\"",
            "\"(a+)+$\"",
            "\"\\ud800\"",
            "2147483647",
            "\"Regex\"",
            "\"<s>\"");
    private static final String TEXT = "abc ab <s> Hello, 12 wörld\n\t 漢字 \uD83D\uDE00 aaaaaaaa";

    private MutatedTokenizers() {}

    /** Opens the tokenizers of the seeds from the first to before the end. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        for (int seed = Integer.parseInt(arguments[1]); seed < Integer.parseInt(arguments[2]); seed++) {
            Files.write(folder.resolve("tokenizer.json"), mutated(seed));
            System.out.println(seed);
            System.out.println(end(folder));
        }
    }

    private static String end(Path folder) {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            int[] ids = tokenizer.encode(TEXT, true);
            tokenizer.decode(ids, false);
            tokenizer.encodeLiterally(TEXT);
            return "read";
        } catch (InputException refused) {
            return "refused";
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError stray) {
            return "stray " + stray.toString().lines().findFirst().orElse("");
        }
    }

    /** One to four changes: bytes, numbers and words of JSON in another's place, parts taken out, repeated or nested. */
    static byte[] mutated(int seed) {
        Random random = new Random(seed);
        String json = new String(SOURCES.get(random.nextInt(SOURCES.size())).getBytes(UTF_8), ISO_8859_1);
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            json = changed(json, random);
        }
        return json.getBytes(ISO_8859_1);
    }

    private static String changed(String json, Random random) {
        int at = random.nextInt(json.length());
        int to = Math.min(json.length(), at + 1 + random.nextInt(30));
        return switch (random.nextInt(7)) {
            case 0 -> json.substring(0, at) + (char) random.nextInt(256) + json.substring(at + 1);
            case 1 -> json.substring(0, at) + json.substring(to);
            case 2 -> json.substring(0, to) + json.substring(at);
            case 3 -> json.substring(0, at) + "[".repeat(1 << random.nextInt(12)) + json.substring(at);
            default -> withAnotherValue(json, at, random);
        };
    }

    /** Puts a word in the place of the next value behind a colon or comma. */
    private static String withAnotherValue(String json, int at, Random random) {
        int from = at;
        while (from < json.length() && ":,[".indexOf(json.charAt(from)) < 0) {
            from++;
        }
        int to = from + 1;
        while (to < json.length() && ",]}".indexOf(json.charAt(to)) < 0) {
            to++;
        }
        return from >= json.length()
                ? json
                : json.substring(0, from + 1) + WORDS.get(random.nextInt(WORDS.size())) + json.substring(to);
    }
}
