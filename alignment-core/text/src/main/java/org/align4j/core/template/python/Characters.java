package org.align4j.core.template.python;

/** Says which characters Python takes for printable, white space or line ends. */
public final class Characters {
    private Characters() {}

    /** Whether a character is white space, as {@code str.isspace} has it. */
    public static boolean isSpace(int point) {
        return (point >= 0x09 && point <= 0x0D)
                || (point >= 0x1C && point <= 0x20)
                || point == 0x85
                || Character.isSpaceChar(point);
    }

    /** Whether {@code repr} shows a character as it is, as {@code str.isprintable} has it. */
    public static boolean isPrintable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> point == ' ';
            default -> true;
        };
    }

    /** Whether a character ends a line for {@code str.splitlines}. */
    public static boolean isLineEnd(int point) {
        return (point >= 0x0A && point <= 0x0D)
                || (point >= 0x1C && point <= 0x1E)
                || point == 0x85
                || point == 0x2028
                || point == 0x2029;
    }

    /** A text without white space at its start. */
    public static String stripStart(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }

    /** A text without white space at its end. */
    public static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }
}
