package org.align4j.core.doctor.log;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.io.Serializable;
import java.text.Normalizer;
import java.util.Locale;

/** Text in the form in which two spellings of one text are equal: NFKC, lower case, every run of white space one space. */
public final class NormalText {
    private static final HashFunction HASH = Hashing.murmur3_128(0x616c6967);
    private static final int NEXT_LINE = 0x85;

    private NormalText() {}

    /** Returns the normal form of a text, without white space at its ends. */
    public static String of(String text) {
        char[] chars = text.toCharArray();
        int length = 0;
        boolean space = false;
        for (char c : chars) {
            if (c >= 0x80) {
                return spaced(Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT));
            }
            if (c <= ' ') {
                space = length > 0;
            } else {
                if (space) {
                    chars[length++] = ' ';
                    space = false;
                }
                chars[length++] = c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c;
            }
        }
        return new String(chars, 0, length);
    }

    /** A text without white space at its ends, every other run of it one space. */
    public static String spaced(String text) {
        char[] chars = text.toCharArray();
        int length = 0;
        boolean space = false;
        for (char c : chars) {
            if (isSpace(c)) {
                space = length > 0;
            } else {
                if (space) {
                    chars[length++] = ' ';
                    space = false;
                }
                chars[length++] = c;
            }
        }
        return new String(chars, 0, length);
    }

    private static boolean isSpace(char c) {
        return c <= ' '
                || (c >= NEXT_LINE && (Character.isWhitespace(c) || Character.isSpaceChar(c) || c == NEXT_LINE));
    }

    /** Hashes a text into 64 bits, of which no two texts of a million are expected to share all. */
    public static long hash(String text) {
        byte[] bytes = new byte[2 * text.length()];
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes[2 * i] = (byte) c;
            bytes[2 * i + 1] = (byte) (c >> 8);
        }
        return HASH.hashBytes(bytes).asLong();
    }

    /** Joins hashes, whose order counts. */
    public static long hash(long first, long... more) {
        long mixed = first;
        for (long next : more) {
            mixed = Long.rotateLeft(mixed * 0x9E3779B97F4A7C15L, 31) ^ (next * 0xC2B2AE3D27D4EB4FL);
        }
        return mixed ^ (mixed >>> 29);
    }

    /**
     * The texts of a row; what a row doesn't have is empty.
     *
     * @param prompt what was asked; several turns on one another
     * @param chosen the better answer, or the only one, or the whole text
     * @param rejected the other answer of a pair
     */
    public record Texts(String prompt, String chosen, String rejected) implements Serializable {
        /** Returns the texts as {@link NormalText} has them. */
        Texts normal() {
            return new Texts(NormalText.of(prompt), NormalText.of(chosen), NormalText.of(rejected));
        }

        /** All of it in one, each text on lines of its own. */
        public String joined() {
            return prompt + "\n" + chosen + "\n" + rejected;
        }
    }
}
