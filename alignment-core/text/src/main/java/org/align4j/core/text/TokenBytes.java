package org.align4j.core.text;

import static org.align4j.core.error.RootFormat.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Knows the bytes of tokens that may be parts of a character: in a byte-level vocabulary (GPT-2's) each letter of a token stands for a
 * byte, and in one with byte fallback (Llama 2's) a token is named by its byte.
 */
final class TokenBytes {
    private static final Pattern NAMED_BYTE = Pattern.compile("<0x([0-9A-F]{2})>");
    private static final int HEX = 16;

    private final Map<Integer, byte[]> known = new HashMap<>();
    private final Map<Integer, byte[]> added = new HashMap<>();

    TokenBytes(Vocabulary vocabulary) {
        vocabulary.forEach((token, id) -> {
            byte[] bytes =
                    vocabulary.added().get(id) ? token.getBytes(StandardCharsets.UTF_8) : spelled(vocabulary, token);
            if (bytes != null) {
                added.put(id, bytes);
            }
        });
        vocabulary.forEachNotAdded((token, id) -> {
            byte[] bytes = vocabulary.byteLevel() ? ByteAlphabet.bytes(token) : named(token);
            if (bytes != null) {
                known.put(id, bytes);
            }
        });
    }

    /** The bytes that a token adds to a text; null where the decoder is of a kind that joins tokens by other rules. */
    private static byte @Nullable [] spelled(Vocabulary vocabulary, String token) {
        if (vocabulary.byteLevel()) {
            return ByteAlphabet.bytes(token);
        }
        byte[] named = named(token);
        if (named != null || !vocabulary.underscored()) {
            return named;
        }
        return token.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);
    }

    private static byte @Nullable [] named(String token) {
        Matcher name = NAMED_BYTE.matcher(token);
        return name.matches() ? new byte[] {(byte) Integer.parseInt(name.group(1), HEX)} : null;
    }

    /** Returns the bytes of a token; null for one that is no spelling of bytes, which is never a part of a character. */
    byte @Nullable [] of(int id) {
        return known.get(id);
    }

    /** Returns the bytes that a token adds to a text; null where this vocabulary doesn't tell. */
    byte @Nullable [] added(int id) {
        return added.get(id);
    }

    /** Writes bytes as text, and each byte that belongs to no whole character among them as {@code <0xE2>}. */
    static String text(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; ) {
            String character = character(bytes, at);
            if (character == null) {
                text.append(format("<0x%02X>", bytes[at] & 0xff));
                at++;
            } else {
                text.append(character);
                at += character.getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return text.toString();
    }

    /** The character whose bytes begin at a place; null where none does. */
    private static @Nullable String character(byte[] bytes, int at) {
        for (int end = at + 1; end <= Math.min(at + 4, bytes.length); end++) {
            byte[] part = Arrays.copyOfRange(bytes, at, end);
            String read = new String(part, StandardCharsets.UTF_8);
            if (read.codePointCount(0, read.length()) == 1
                    && Arrays.equals(read.getBytes(StandardCharsets.UTF_8), part)) {
                return read;
            }
        }
        return null;
    }
}
