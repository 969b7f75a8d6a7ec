package org.align4j.core.task.ifeval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.align4j.core.task.ifeval.FormInstructions.AnswerEdges;
import org.align4j.core.task.ifeval.FormInstructions.AnswerMarks;
import org.align4j.core.task.ifeval.FormInstructions.JsonText;
import org.align4j.core.task.ifeval.WordInstructions.CapitalWords;
import org.align4j.core.task.ifeval.WordInstructions.WordCount;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts by hand, beside the golden verdicts of the package around this one. */
class AnswerTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "One. Two! Three? | 3",
                "Mr. Hale met Dr. Osei at 6 p.m. in St. Paul. He left. | 2",
                "It costs 3.50 euros. Good. | 2",
                "1. First point | 2",
                "Well... the end | 1",
                "Well... The end | 2",
                "Well... Angela | 1",
                "\"Stop!\" he said. \"No.\" | 3",
                "(He came.) She left. | 2",
                "J. Smith and A. Jones came. | 1",
                "no mark at all | 1",
            })
    void sentencesAreCounted(String text, int count) {
        assertThat(Sentences.count(text)).isEqualTo(count);
    }

    @Test
    void noTextHasNoSentence() {
        assertThat(Sentences.count("")).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "HELLO world | 1",
                "I DON'T KNOW | 4",
                "IT'S | 2",
                "CANNOT | 2",
                "AT&T | 2",
                "U.S.A. | 1",
                "X-RAY | 1",
                "A/B, C,D 1,000M | 4",
                "iOS Hello 42 ! | 0",
            })
    void wordsInCapitalsAreCounted(String text, int count) {
        assertThat(CapitalWords.count(text)).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"don't stop | 3", "snake_case 42 | 2", "naïve café | 2", "नमस्ते दुनिया | 2", "— | 0"})
    void wordsAreCounted(String text, int count) {
        assertThat(WordCount.words(text)).isEqualTo(count);
    }

    @Test
    void lettersAreCountedInEitherCase() {
        assertThat(WordCount.occurrences('E', "Eel éE e")).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"a\": 1} | true",
                "```json {} ``` | true",
                "[NaN, -Infinity] | true",
                "[INF] | false",
                "{} {} | false",
                "[1,] | false",
                "{'a': 1} | false",
                "[1 | false",
            })
    void jsonIsTold(String text, boolean isJson) {
        assertThat(JsonText.isJson(text)).isEqualTo(isJson);
    }

    @Test
    void markdownIsCounted() {
        assertThat(AnswerMarks.bullets("* a\n  - b\n** c\n1. d")).isEqualTo(2);
        assertThat(AnswerMarks.highlights("*a* and **b**, but ** ** and *c")).isEqualTo(2);
        assertThat(AnswerMarks.placeholders("[a] [b\n] []")).isEqualTo(2);
        assertThat(AnswerMarks.hasTitle("<<a>>")).isTrue();
        assertThat(AnswerMarks.hasTitle("<< >>")).isFalse();
    }

    @Test
    void partsAreCounted() {
        assertThat(Paragraphs.betweenStars("a\n***\nb\n***")).hasValue(2);
        assertThat(Paragraphs.betweenStars("a\n***\n***\nb")).isEmpty();
        assertThat(Paragraphs.areTwoAnswers("a\n******\nb")).isTrue();
        assertThat(Paragraphs.areTwoAnswers("a\n******\na")).isFalse();
        assertThat(Paragraphs.firstWordIs("One b.\n\n\"Two,\" c", 2, 2, "two")).isTrue();
        assertThat(Paragraphs.firstWordIs("One b.\n\nTwo c", 3, 2, "two")).isFalse();
    }

    @Test
    void edgesAreCompared() {
        assertThat(AnswerEdges.endsWith("the end", "\"It is THE END\"")).isTrue();
        assertThat(AnswerEdges.beginsWith("Write this. ", "  write THIS. Then")).isTrue();
        assertThat(AnswerEdges.isQuoted("\"")).isFalse();
        assertThat(AnswerEdges.holdsAnOption("So: My answer is no.")).isTrue();
    }

    /** A model may repeat one token to the limit of its answer: counting that ends soon. */
    @Tag("long")
    @Test
    void longRepetitionsAreCountedSoon() {
        for (String part : new String[] {"\n", "*", ".", "! ", "a. ", "[", "<", "'s ", "- "}) {
            String text = String.join("", Collections.nCopies(8_000, part));
            assertThat(Sentences.count(text)
                            + CapitalWords.count(text)
                            + AnswerMarks.bullets(text)
                            + AnswerMarks.highlights(text))
                    .isNotNegative();
            assertThat(AnswerMarks.placeholders(text)).isZero();
            assertThat(AnswerMarks.hasTitle(text)).isFalse();
        }
    }
}
