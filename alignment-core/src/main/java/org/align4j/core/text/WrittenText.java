package org.align4j.core.text;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks for what a conversation says in what its template wrote. What is looked for is trimmed; in the lenient form
 * white space and the escapes of JSON don't count at all, so that a text stands in its own JSON.
 */
final class WrittenText {
    private final String text;
    private final boolean lenient;

    private WrittenText(String text, boolean lenient) {
        this.text = text;
        this.lenient = lenient;
    }

    /** The text as it is. */
    static WrittenText exact(String text) {
        return new WrittenText(text, false);
    }

    /** The text without white space and escapes. */
    static WrittenText lenient(String text) {
        return new WrittenText(bare(text), true);
    }

    /** The first place after a text that is looked for from a place on; -1 where it does not stand there. */
    int after(String wanted, int from) {
        String sought = lenient ? bare(wanted) : wanted.strip();
        int at = text.indexOf(sought, from);
        return at < 0 ? -1 : at + sought.length();
    }

    /** Like {@link #after} for the first found of several ways to write one thing. */
    int afterAny(List<String> ways, int from) {
        for (String way : ways) {
            int end = after(way, from);
            if (end >= 0) {
                return end;
            }
        }
        return -1;
    }

    /**
     * A text without white space and control characters, and with every JSON escape as the character it stands for. A
     * run of backslashes goes with the letter of a control character behind it, so that text which has backslashes of its
     * own and the same text escaped once more become equal.
     */
    private static String bare(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\\') {
                while (at < text.length() && text.charAt(at) == '\\') {
                    at++;
                }
                at = escaped(text, at, out);
            } else {
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
