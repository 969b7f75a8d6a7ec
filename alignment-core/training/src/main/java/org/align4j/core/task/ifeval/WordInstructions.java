package org.align4j.core.task.ifeval;

import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.align4j.core.pattern.UserPattern;
import org.align4j.core.task.ifeval.InstructionKind.Instruction;
import org.align4j.core.template.python.Case;

/** Makes the instructions about words, letters, sentences and paragraphs. Keywords are regular expressions. */
final class WordInstructions {
    private WordInstructions() {}

    static Instruction keywords(InstructionArguments given) {
        List<UserPattern> keywords = given.texts("keywords").stream()
                .map(word -> given.pattern("keywords", word))
                .toList();
        return answer -> keywords.stream().allMatch(word -> word.isIn(answer));
    }

    static Instruction keywordFrequency(InstructionArguments given) {
        UserPattern keyword = given.pattern("keyword", given.text("keyword"));
        IntPredicate bound = given.bound("relation", "frequency");
        return answer -> bound.test(keyword.count(answer));
    }

    /** A forbidden word stands alone: its ends are ends of words. */
    static Instruction forbiddenWords(InstructionArguments given) {
        String end = WordCount.WORD_BOUNDARY;
        List<UserPattern> words = given.texts("forbidden_words").stream()
                .map(word -> given.pattern("forbidden_words", end + word + end))
                .toList();
        return answer -> words.stream().noneMatch(word -> word.isIn(answer));
    }

    /** The character need be no letter: rows of the public data ask for exclamation marks. */
    static Instruction letterFrequency(InstructionArguments given) {
        String letter = given.text("letter");
        if (letter.codePointCount(0, letter.length()) != 1) {
            throw given.wrong("letter", letter, "one character");
        }
        IntPredicate bound = given.bound("let_relation", "let_frequency");
        return answer -> bound.test(WordCount.occurrences(letter.codePointAt(0), answer));
    }

    static Instruction capitalWords(InstructionArguments given) {
        IntPredicate bound = given.bound("capital_relation", "capital_frequency");
        return answer -> bound.test(CapitalWords.count(answer));
    }

    static Instruction words(InstructionArguments given) {
        IntPredicate bound = given.bound("relation", "num_words");
        return answer -> bound.test(WordCount.words(answer));
    }

    static Instruction sentences(InstructionArguments given) {
        IntPredicate bound = given.bound("relation", "num_sentences");
        return answer -> bound.test(Sentences.count(answer));
    }

    static Instruction paragraphs(InstructionArguments given) {
        int count = given.count("num_paragraphs");
        return answer -> Paragraphs.betweenStars(answer).orElse(-1) == count;
    }

    static Instruction firstWord(InstructionArguments given) {
        int count = given.count("num_paragraphs");
        int number = given.count("nth_paragraph");
        if (number < 1 || number > count) {
            throw given.wrong("nth_paragraph", number, "a number from 1 to num_paragraphs, which is " + count);
        }
        String word = given.text("first_word").toLowerCase(Locale.ROOT);
        return answer -> Paragraphs.firstWordIs(answer, count, number, word);
    }

    /**
     * Counts the words in capitals, where words are tokens of the Penn Treebank: punctuation stands alone, "DON'T" is DO and N'T,
     * "CANNOT" is CAN and NOT, and a hyphen joins.
     */
    static final class CapitalWords {
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

    /** Counts words and letters of an answer. */
    static final class WordCount {
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
}
