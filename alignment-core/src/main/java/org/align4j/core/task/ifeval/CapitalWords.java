package org.align4j.core.task.ifeval;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.align4j.core.template.python.Case;

/**
 * Counts the words in capitals, where words are tokens of the Penn Treebank: punctuation stands alone, "DON'T" is DO and N'T,
 * "CANNOT" is CAN and NOT, and a hyphen joins.
 */
final class CapitalWords {
    /** Characters that are a token of their own wherever they stand. */
    private static final String ALONE = "«“‘„`»”’;@#$%&\u2012\u2013\u2014\u2015?!*[](){}<>\"";

    private static final Pattern SEVERAL = Pattern.compile("''|\\.{2,}|--");

    /** A comma or colon ends a token, but inside a number or a time it does not. */
    private static final Pattern COMMA = Pattern.compile("[:,](?!\\p{Nd})");

    /** Spaces an apostrophe off that opens a word, but not that of a clitic such as 's. */
    private static final Pattern OPENING = Pattern.compile("(?<!" + WordCount.WORD_CHARACTER + ")'(?="
            + WordCount.WORD_CHARACTER + ")(?!(?i:re|ve|ll|m|t|s|d|n)" + WordCount.WORD_BOUNDARY + ")");

    /** The period that ends a sentence, before brackets and quotes. */
    private static final Pattern FINAL_PERIOD = Pattern.compile("(?<=[^.])\\.(?=[\\])}>\"'»”’ ]*$)");

    private static final Pattern SHORT_CLITIC = Pattern.compile("(?<=[^' ])('[sSmMdD]|') ");
    private static final Pattern LONG_CLITIC = Pattern.compile("(?<=[^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ");

    private static final Pattern FUSED = Pattern.compile("(?i)" + WordCount.WORD_BOUNDARY
            + "(?:(can)(not)|(d)('ye)|(gim)(me)|(gon)(na)|(got)(ta)|(lem)(me)|(more)('n)|(wan)(na(?= )))"
            + WordCount.WORD_BOUNDARY);

    private CapitalWords() {}

    /** Counts the tokens that have a letter with case and none in lower case. */
    public static int count(String text) {
        int capitals = 0;
        for (String sentence : Sentences.of(text)) {
            for (String token : spaced(sentence).split(" ", -1)) {
                capitals += Case.isUpper(token) ? 1 : 0;
            }
        }
        return capitals;
    }

    /** Returns a sentence with its tokens apart, one space or more between them. */
    private static String spaced(String sentence) {
        String text = OPENING.matcher(sentence).replaceAll("' ");
        text = FINAL_PERIOD.matcher(text).replaceAll(" . ");
        text = SEVERAL.matcher(COMMA.matcher(text).replaceAll(" $0 ")).replaceAll(" $0 ");
        StringBuilder apart = new StringBuilder(text.length() * 2).append(' ');
        text.codePoints().forEach(point -> {
            boolean alone = ALONE.indexOf(point) >= 0;
            apart.append(alone ? " " : "").appendCodePoint(point).append(alone ? " " : "");
        });
        text = apart.append(' ').toString().replaceAll(Spaces.ONE + "+", " ");
        text = SHORT_CLITIC.matcher(text).replaceAll(" $1 ");
        text = LONG_CLITIC.matcher(text).replaceAll(" $1 ");
        return FUSED.matcher(text).replaceAll(CapitalWords::halves);
    }

    private static String halves(MatchResult fused) {
        for (int group = 1; group < fused.groupCount(); group += 2) {
            if (fused.group(group) != null) {
                return fused.group(group) + " " + fused.group(group + 1);
            }
        }
        return fused.group();
    }
}
