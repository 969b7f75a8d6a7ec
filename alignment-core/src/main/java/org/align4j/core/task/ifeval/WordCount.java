package org.align4j.core.task.ifeval;

import java.util.Locale;
import java.util.regex.Pattern;

/** Counts words and letters of an answer. */
final class WordCount {
    /** A character of a word in Unicode's sense: a letter with its marks, a digit, a low line, a joiner. */
    static final String WORD_CHARACTER = "[\\p{IsAlphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]";

    private static final Pattern WORD = Pattern.compile(WORD_CHARACTER + "+");

    /** A character of a word in the sense of Python's {@code re}: a mark belongs to no word there. */
    private static final String PLAIN_CHARACTER = "[\\p{L}\\p{N}_]";

    /** Marks where a word begins or ends as Python's {@code \b} does, for use in a pattern. */
    public static final String WORD_BOUNDARY = "(?:(?<=" + PLAIN_CHARACTER + ")(?!" + PLAIN_CHARACTER + ")|(?<!"
            + PLAIN_CHARACTER + ")(?=" + PLAIN_CHARACTER + "))";

    private WordCount() {}

    /** Counts the longest runs of letters, marks, digits and low lines: "don't" is two words. */
    public static int words(String text) {
        return Spaces.matches(WORD, text);
    }

    /** Counts a character in a text, whatever the case of either. */
    public static int occurrences(int character, String text) {
        String wanted = Character.toString(character).toLowerCase(Locale.ROOT);
        int point = wanted.codePointAt(0);
        return (int) text.toLowerCase(Locale.ROOT)
                .codePoints()
                .filter(found -> found == point)
                .count();
    }
}
