package org.align4j.core.task.ifeval;

import java.util.List;
import java.util.Locale;

/** Compares how an answer begins and ends with what is asked for. */
final class AnswerEdges {
    private static final List<String> OPTIONS = List.of("My answer is yes.", "My answer is no.", "My answer is maybe.");
    private static final char QUOTE = '"';

    private AnswerEdges() {}

    /** Tells whether a text begins with another, whatever the case of either and the space around them. */
    public static boolean beginsWith(String start, String text) {
        return lower(Spaces.strip(text)).startsWith(lower(Spaces.strip(start)));
    }

    /** Tells whether a text ends with a phrase, whatever the case of either; quotation marks around the text do not count. */
    public static boolean endsWith(String phrase, String text) {
        String bare = Spaces.without(QUOTE, Spaces.withoutTrailing(QUOTE, Spaces.strip(text)));
        return lower(bare).endsWith(lower(Spaces.strip(phrase)));
    }

    /** Tells whether double quotation marks stand around a text. */
    public static boolean isQuoted(String text) {
        String bare = Spaces.strip(text);
        return bare.length() > 1 && bare.charAt(0) == QUOTE && bare.charAt(bare.length() - 1) == QUOTE;
    }

    /** Tells whether a text holds one of the three answers yes, no and maybe as they must be worded. */
    public static boolean holdsAnOption(String text) {
        return OPTIONS.stream().anyMatch(text::contains);
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
