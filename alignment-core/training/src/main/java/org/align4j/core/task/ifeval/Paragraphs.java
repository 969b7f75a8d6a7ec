package org.align4j.core.task.ifeval;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** The parts that an answer has between separators: paragraphs between stars or empty lines, and two answers in one. */
final class Paragraphs {
    private static final Pattern THREE_STARS = Pattern.compile(Spaces.ONE + "?\\*{3}" + Spaces.ONE + "?");
    private static final String SIX_STARS = "******";
    private static final String EMPTY_LINE = "\n\n";

    /** The characters that end the first word of a paragraph. */
    private static final String WORD_END = ".,?!'\"";

    private static final Pattern SPACES = Pattern.compile(Spaces.ONE + "+");

    private Paragraphs() {}

    /** Counts the paragraphs between lines of three stars; nothing where one between two others is blank. */
    public static OptionalInt betweenStars(String text) {
        String[] parts = THREE_STARS.split(text, -1);
        int count = parts.length;
        for (int i = 0; i < parts.length; i++) {
            if (Spaces.only(parts[i])) {
                if (i > 0 && i < parts.length - 1) {
                    return OptionalInt.empty();
                }
                count--;
            }
        }
        return OptionalInt.of(count);
    }

    /**
     * Returns whether a text has so many paragraphs between empty lines, and one of them begins with a word.
     *
     * @param count how many that aren't blank
     * @param number which of them, from 1; blank ones take a number too, but none counts for the last
     * @param word the word in lower case
     */
    public static boolean firstWordIs(String text, int count, int number, String word) {
        String[] parts = text.split(EMPTY_LINE, -1);
        int filled = 0;
        for (String part : parts) {
            filled += Spaces.only(part) ? 0 : 1;
        }
        if (filled != count || number > filled || Spaces.only(parts[number - 1])) {
            return false;
        }
        return firstWord(Spaces.strip(parts[number - 1])).equals(word);
    }

    private static String firstWord(String paragraph) {
        String word = SPACES.split(paragraph, 2)[0];
        word = Spaces.without('"', Spaces.without('\'', word));
        StringBuilder letters = new StringBuilder();
        word.codePoints()
                .takeWhile(point -> WORD_END.indexOf(point) < 0)
                .forEach(point -> letters.append(Character.toString(point).toLowerCase(Locale.ROOT)));
        return letters.toString();
    }

    /** Returns whether six stars part a text into two answers that differ. */
    public static boolean areTwoAnswers(String text) {
        List<String> parts = split(text, SIX_STARS);
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            if (!Spaces.only(parts.get(i))) {
                answers.add(Spaces.strip(parts.get(i)));
            } else if (i > 0 && i < parts.size() - 1) {
                return false;
            }
        }
        return answers.size() == 2 && !answers.get(0).equals(answers.get(1));
    }

    private static List<String> split(String text, String separator) {
        return List.of(text.split(Pattern.quote(separator), -1));
    }
}
