package org.align4j.core.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Tokenizer;

/**
 * A process of its own that opens mutated tokenizers by the native library and encodes by them: {@code FOLDER FIRST END}. Each
 * number is the seed of one mutation; it is printed before the library has it, and behind it how it ended.
 */
final class MutatedTokenizers {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Parts of each kind, whole ones, by the field of tokenizer.json that holds them. */
    private static final JsonNode PARTS = parts();

    private static final String TEXT = "abc ab <s> Hello, 12 wörld\n\t 漢字 \uD83D\uDE00 " + "a".repeat(40);

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
            tokenizer.encodeWithOffsets(TEXT, false);
            tokenizer.texts(ids);
            return "read";
        } catch (InputException refused) {
            return "refused";
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError stray) {
            return "stray " + stray.toString().lines().findFirst().orElse("");
        }
    }

    /** Puts a tokenizer together from a part of each kind, and changes it in none to four places. */
    static byte[] mutated(int seed) throws IOException {
        Random random = new Random(seed);
        ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
        PARTS.properties()
                .forEach(kind -> tokenizer.set(
                        kind.getKey(),
                        kind.getValue()
                                .get(random.nextInt(kind.getValue().size()))
                                .deepCopy()));
        JsonChange change = new JsonChange(random, PARTS);
        for (int i = random.nextInt(5); i > 0; i--) {
            change.within(tokenizer);
        }
        byte[] json = JSON.writeValueAsBytes(tokenizer);
        return random.nextInt(8) == 0 ? cut(json, random) : json;
    }

    /** Changes the text itself: a byte, a part taken out or repeated, lists in lists. */
    private static byte[] cut(byte[] bytes, Random random) {
        String json = new String(bytes, ISO_8859_1);
        int at = random.nextInt(json.length());
        int to = Math.min(json.length(), at + 1 + random.nextInt(30));
        String changed = switch (random.nextInt(4)) {
            case 0 -> json.substring(0, at) + (char) random.nextInt(256) + json.substring(at + 1);
            case 1 -> json.substring(0, at) + json.substring(to);
            case 2 -> json.substring(0, to) + json.substring(at);
            default -> json.substring(0, at) + "[".repeat(1 << random.nextInt(12)) + json.substring(at);
        };
        return changed.getBytes(ISO_8859_1);
    }

    private static JsonNode parts() {
        try (InputStream parts = MutatedTokenizers.class.getResourceAsStream("tokenizer-parts.json")) {
            return JSON.readTree(parts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
