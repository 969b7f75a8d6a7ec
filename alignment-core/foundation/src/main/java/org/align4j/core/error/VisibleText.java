package org.align4j.core.error;

import static org.align4j.core.error.RootFormat.format;

/**
 * Makes text from rows and models safe to show. Characters that command a terminal (such as ESC) or turn the direction of writing
 * around become {@code \}{@code u001b}, so that nothing can be hidden, moved or written over. So do halves of a character without
 * their other half, which no file holds. Line ends and tabs stay.
 */
public final class VisibleText {
    private static final String DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";

    private VisibleText() {}

    /** Returns the text with every such character in the notation that Java, JSON and Python share. */
    public static String of(String text) {
        int at = 0;
        while (at < text.length() && !isHidden(text, at)) {
            at++;
        }
        if (at == text.length()) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, at);
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (isHidden(text, at)) {
                out.append(format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static boolean isHidden(String text, int at) {
        char c = text.charAt(at);
        if (c == '\r') {
            return at + 1 == text.length() || text.charAt(at + 1) != '\n';
        }
        if (Character.isSurrogate(c)) {
            return !isWhole(text, at);
        }
        return (Character.isISOControl(c) && c != '\n' && c != '\t') || DIRECTIONS.indexOf(c) >= 0;
    }

    /** Whether the half of a character at a place is beside its other half. */
    private static boolean isWhole(String text, int at) {
        char c = text.charAt(at);
        return Character.isHighSurrogate(c)
                ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
                : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
    }
}
