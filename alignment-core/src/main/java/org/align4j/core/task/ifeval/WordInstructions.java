package org.align4j.core.task.ifeval;

import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.align4j.core.pattern.UserPattern;

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
}
