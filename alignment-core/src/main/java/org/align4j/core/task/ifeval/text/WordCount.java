package org.align4j.core.task.ifeval.text;

import java.util.Locale;

/** Counts words and letters of an answer. */
public final class WordCount {
    /** Letters, digits and the low line: a combining mark belongs to no word, so that it cuts the words of Hindi. */
    static final String WORD_CHARACTER = "[\\p{L}\\p{N}_]";

    /** Marks where a word begins or ends, for use in a pattern. */
    public static final String WORD_BOUNDARY = "(?:(?<=" + WORD_CHARACTER + ")(?!" + WORD_CHARACTER + ")|(?<!"
            + WORD_CHARACTER + ")(?=" + WORD_CHARACTER + "))";

    private WordCount() {}

    /** Counts the longest runs of letters, digits and low lines: "don't" is two words. */
    public static int words(String text) {
        int words = 0;
        boolean inside = false;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            boolean inWord = isInWord(text.codePointAt(i));
            words += inWord && !inside ? 1 : 0;
            inside = inWord;
        }
        return words;
    }

    /** Tells whether Python's {@code \w} matches a character. */
    static boolean isInWord(int point) {
        int type = Character.getType(point);
        return point == '_' || Character.isLetterOrDigit(point) || isOtherNumber(type);
    }

    private static boolean isOtherNumber(int type) {
        return type == Character.LETTER_NUMBER || type == Character.OTHER_NUMBER;
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
