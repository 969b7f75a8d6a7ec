package org.align4j.core.data.row;

/** White space as Unicode and Python's {@code str.strip} have it: no-break spaces are part of it. */
public final class Whitespace {
    private static final int NEXT_LINE = 0x85;

    private Whitespace() {}

    static boolean is(int codePoint) {
        return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint) || codePoint == NEXT_LINE;
    }

    /** Whether there is nothing else in the text. */
    public static boolean only(String text) {
        return text.codePoints().allMatch(Whitespace::is);
    }

    public static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && is(text.charAt(from))) {
            from++;
        }
        while (to > from && is(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }
}
