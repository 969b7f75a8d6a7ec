package org.align4j.core.text;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Looks for what a conversation says in what its template wrote. What is looked for is trimmed; in the lenient form
 * white space and the escapes of JSON don't count at all, so that a text is in its own JSON.
 */
record WrittenText(String whole, String text, int @Nullable [] origins) {
    /** Takes the text as it is. */
    static WrittenText exact(String text) {
        return new WrittenText(text, text, null);
    }

    /** The text without white space and escapes. */
    static WrittenText lenient(String text) {
        int[] origins = new int[text.length()];
        return new WrittenText(text, withoutEscapes(text, origins), origins);
    }

    /** The first place after what is looked for from a place on; -1 where it does not occur there. */
    int after(ExpectedText said, int from) {
        for (String way : said.ways()) {
            int end = after(way, said.word(), from);
            if (end >= 0) {
                return end;
            }
        }
        return -1;
    }

    private int after(String wanted, boolean word, int from) {
        String sought = origins == null ? wanted.strip() : withoutEscapes(wanted, new int[wanted.length()]);
        int at = text.indexOf(sought, from);
        while (word && at >= 0 && !sought.isEmpty() && within(at, at + sought.length())) {
            at = text.indexOf(sought, at + 1);
        }
        return at < 0 ? -1 : at + sought.length();
    }

    /** Whether a stretch of the text begins or ends within a word. */
    private boolean within(int start, int end) {
        int first = origins == null ? start : origins[start];
        int next = origins == null ? end : origins[end - 1] + 1;
        boolean escape = first > 1 && whole.charAt(first - 2) == '\\';
        return (first > 0 && !escape && inWord(whole.charAt(first - 1)) && inWord(whole.charAt(first)))
                || (next < whole.length() && inWord(whole.charAt(next)) && inWord(whole.charAt(next - 1)));
    }

    private static boolean inWord(char c) {
        return c < 128 && (Character.isLetterOrDigit(c) || c == '_');
    }

    /**
     * A text without white space and control characters, and with every JSON escape as the character it stands for. A
     * run of backslashes goes with the letter of a control character behind it, so that text which has backslashes of its
     * own and the same text escaped once more become equal.
     *
     * @param origins receives where each character of the result is in the text
     */
    private static String withoutEscapes(String text, int[] origins) {
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\') {
                while (at < text.length() && text.charAt(at) == '\\') {
                    at++;
                }
                int before = out.length();
                int next = escaped(text, at, out);
                Arrays.fill(origins, before, out.length(), next - 1);
                at = next;
            } else {
                origins[out.length()] = at;
                append(out, c);
                at++;
            }
        }
        return out.toString();
    }

    /** Takes what stands behind a run of backslashes; returns the place after it. */
    private static int escaped(String text, int at, StringBuilder out) {
        if (at < text.length() && "bfnrt".indexOf(text.charAt(at)) >= 0) {
            return at + 1;
        }
        Integer unit = at < text.length() && text.charAt(at) == 'u' ? unit(text, at + 1) : null;
        if (unit == null) {
            return at;
        }
        append(out, (char) unit.intValue());
        return at + 5;
    }

    private static @Nullable Integer unit(String text, int at) {
        if (at + 4 > text.length()) {
            return null;
        }
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0) {
                return null;
            }
            value = 16 * value + digit;
        }
        return value;
    }

    private static void append(StringBuilder out, char c) {
        if (c > ' ' && !Character.isWhitespace(c) && !Character.isSpaceChar(c) && !Character.isISOControl(c)) {
            out.append(c);
        }
    }
}
