package org.align4j.core.task.ifeval;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.template.python.Characters;

/** White space as Python's {@code str.strip} and {@code \s} have it, for patterns and for the ends of a text. */
final class Spaces {
    /** One character of white space, for use in a pattern. */
    static final String ONE = "[\\x09-\\x0d\\x1c-\\x20\\x85\\p{Z}]";

    private Spaces() {}

    /** Returns a text without white space at its ends. */
    public static String strip(String text) {
        return Characters.stripEnd(Characters.stripStart(text));
    }

    /** Returns whether a text is empty or white space. */
    public static boolean only(String text) {
        return Characters.stripStart(text).isEmpty();
    }

    /** Returns a text without the given character at its start. */
    static String without(char leading, String text) {
        int start = 0;
        while (start < text.length() && text.charAt(start) == leading) {
            start++;
        }
        return text.substring(start);
    }

    /** Returns a text without the given character at its end. */
    static String withoutTrailing(char trailing, String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == trailing) {
            end--;
        }
        return text.substring(0, end);
    }

    /** Counts the places where a pattern matches, none of which overlaps another. */
    static int matches(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        int count = 0;
        while (matcher.find()) {
            count++;
        }
        return count;
    }
}
