package org.align4j.core.task.ifeval;

import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Counts and finds the marks of Markdown and others that an answer is asked for: bullets, highlights, placeholders, titles. */
final class AnswerMarks {
    private static final Pattern STAR_BULLET = Pattern.compile("(?dm)^" + Spaces.ONE + "*\\*[^*].*$");
    private static final Pattern DASH_BULLET = Pattern.compile("(?dm)^" + Spaces.ONE + "*-.*$");
    private static final Pattern STARRED = Pattern.compile("\\*([^\\n*]*)\\*");
    private static final Pattern DOUBLY_STARRED = Pattern.compile("\\*\\*([^\\n*]*)\\*\\*");
    private static final Pattern BRACKETS = Pattern.compile("(?d)\\[.*?\\]");
    private static final Pattern ANGLES = Pattern.compile("<<[^\\n]+>>");

    private AnswerMarks() {}

    /** Counts the lines that begin with one star or with a dash. */
    public static int bullets(String text) {
        return Spaces.matches(STAR_BULLET, text) + Spaces.matches(DASH_BULLET, text);
    }

    /** Counts the parts of a line between two stars, and those between two double stars, that aren't blank. */
    public static int highlights(String text) {
        return filled(STARRED, text) + filled(DOUBLY_STARRED, text);
    }

    private static int filled(Pattern pattern, String text) {
        return (int) pattern.matcher(text)
                .results()
                .map(MatchResult::group)
                .filter(part -> !Spaces.only(part.replace("*", "")))
                .count();
    }

    /** Counts the parts of a line between square brackets. */
    public static int placeholders(String text) {
        return Spaces.matches(BRACKETS, text);
    }

    /** Tells whether a text has a title: something in double angle brackets that isn't blank. */
    public static boolean hasTitle(String text) {
        return ANGLES.matcher(text)
                .results()
                .map(title -> Spaces.withoutTrailing('>', Spaces.without('<', title.group())))
                .anyMatch(title -> !Spaces.only(title));
    }

    /**
     * Returns the pattern of a section's head: its word and a number.
     *
     * @param word a regular expression, such as Section
     */
    public static String sectionHead(String word) {
        return Spaces.ONE + "?" + word + Spaces.ONE + "?\\p{Nd}+" + Spaces.ONE + "?";
    }

    /**
     * Returns the pattern of a postscript in a text in lower case.
     *
     * @param marker its first word, such as P.S. or P.P.S; spaces may stand between the letters of these two. Any other is a regular
     *     expression
     */
    public static String postscript(String marker) {
        String space = Spaces.ONE + "?";
        return switch (marker) {
            case "P.P.S" -> "p\\." + space + "p\\." + space + "s";
            case "P.S." -> "p\\." + space + "s\\.";
            default -> marker.toLowerCase(Locale.ROOT);
        };
    }
}
