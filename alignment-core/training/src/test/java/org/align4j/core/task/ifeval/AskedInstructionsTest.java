package org.align4j.core.task.ifeval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.LanguageGuess;
import org.align4j.core.error.InputException;
import org.align4j.core.task.ifeval.InstructionTally.InstructionVerdicts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AskedInstructionsTest {
    private static final LanguageGuess NONE = text -> null;

    private static AskedInstructions asked(String id, Map<String, Object> values) {
        return AskedInstructions.of("rows.jsonl:7", List.of(id), List.of(values), NONE);
    }

    /** The first line holds the only comma, and the stars the only bullets. */
    @Test
    void looseVerdictsLeaveOutTheFirstLineTheLastOrTheStars() {
        InstructionVerdicts comma = asked("punctuation:no_comma", Map.of()).verdicts("Sure, here:\nno comma\nbye");
        assertThat(comma.strict()).containsExactly(false);
        assertThat(comma.loose()).containsExactly(true);
        InstructionVerdicts json =
                asked("detectable_format:json_format", Map.of()).verdicts("Sure\n{}\nthat is all");
        assertThat(json.strict()).containsExactly(false);
        assertThat(json.loose()).containsExactly(true);
        InstructionVerdicts bullets = asked("detectable_format:number_bullet_lists", Map.of("num_bullets", 0))
                .verdicts("* one");
        assertThat(bullets.strict()).containsExactly(false);
        assertThat(bullets.loose()).containsExactly(true);
    }

    @Test
    void anAnswerWithoutTextFollowsNothing() {
        InstructionVerdicts verdicts = asked("punctuation:no_comma", Map.of()).verdicts(" \n\u00a0");
        assertThat(verdicts.strict()).containsExactly(false);
        assertThat(verdicts.loose()).containsExactly(false);
    }

    @Test
    void whatFollowsStrictlyFollowsLoosely() {
        AskedInstructions several = AskedInstructions.of(
                "x", List.of("detectable_format:title", "punctuation:no_comma"), List.of(Map.of(), Map.of()), NONE);
        InstructionVerdicts verdicts = several.verdicts("<<a>>\nb, c");
        assertThat(verdicts.strict()).containsExactly(true, false);
        assertThat(verdicts.loose()).containsExactly(true, true);
        assertThat(verdicts.allStrict()).isFalse();
        assertThat(verdicts.allLoose()).isTrue();
    }

    @Test
    void anUnknownInstructionIsRefusedWithThoseThatAreKnown() {
        assertThatThrownBy(() -> asked("keywords:existance", Map.of()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("rows.jsonl:7")
                .hasMessageContaining("\"keywords:existance\" is unknown")
                .hasMessageContaining("keywords:existence")
                .hasMessageContaining("punctuation:no_comma");
    }

    @Test
    void aMissingValueIsRefused() {
        Map<String, Object> values = new HashMap<>();
        values.put("num_words", null);
        values.put("relation", "at least");
        assertThatThrownBy(() -> asked("length_constraints:number_words", values))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("rows.jsonl:7: kwargs[0]: num_words is missing");
    }

    @Test
    void aValueOfNoUseIsRefusedUnlessItIsEmpty() {
        Map<String, Object> table = new HashMap<>();
        table.put("num_words", null);
        table.put("keywords", List.of());
        assertThat(asked("punctuation:no_comma", table).verdicts("a").allStrict())
                .isTrue();
        assertThatThrownBy(() -> asked("punctuation:no_comma", Map.of("num_words", 3)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("has no use for num_words");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "length_constraints:number_words | num_words | -1 | whole number",
                "length_constraints:number_words | relation | about | \"at least\" or \"less than\"",
                "keywords:frequency | keyword | (open | regular expression",
                "keywords:letter_frequency | letter | ab | one character",
            })
    void aWrongValueIsRefused(String id, String name, String value, String needed) {
        Map<String, Object> values = new HashMap<>(
                switch (id) {
                    case "length_constraints:number_words" ->
                        Map.<String, Object>of("num_words", 5, "relation", "at least");
                    case "keywords:frequency" -> Map.of("keyword", "a", "frequency", 1, "relation", "at least");
                    default -> Map.of("letter", "a", "let_frequency", 1, "let_relation", "at least");
                });
        asked(id, values);
        values.put(name, value.equals("-1") ? (Object) (-1) : value);
        assertThatThrownBy(() -> asked(id, values))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("kwargs[0]")
                .hasMessageContaining(name)
                .hasMessageContaining(needed);
    }

    @Test
    void aParagraphBeyondTheLastIsRefused() {
        Map<String, Object> values = Map.of("num_paragraphs", 2, "nth_paragraph", 3, "first_word", "x");
        assertThatThrownBy(() -> asked("length_constraints:nth_paragraph_first_word", values))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nth_paragraph is 3")
                .hasMessageContaining("from 1 to num_paragraphs, which is 2");
    }

    @Test
    void asManyValuesAsInstructionsAreNeeded() {
        assertThatThrownBy(() -> AskedInstructions.of("f:1", List.of("punctuation:no_comma"), List.of(), NONE))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("1 elements and kwargs 0");
    }

    /** The reference draws a random letter in place of a mark; here the mark itself is counted. */
    @Test
    void aMarkIsCountedAsALetterIs() {
        Map<String, Object> values = Map.of("letter", "!", "let_frequency", 2, "let_relation", "at least");
        assertThat(asked("keywords:letter_frequency", values).verdicts("a! b!").allStrict())
                .isTrue();
        assertThat(asked("keywords:letter_frequency", values).verdicts("a! b").allStrict())
                .isFalse();
    }

    /** A detector that finds no language counts as followed. */
    @Test
    void aTextWithoutALanguageIsInAny() {
        assertThat(asked("language:response_language", Map.of("language", "de"))
                        .verdicts("42")
                        .allStrict())
                .isTrue();
        AskedInstructions german = AskedInstructions.of(
                "x", List.of("language:response_language"), List.of(Map.of("language", "de")), text -> "en");
        assertThat(german.verdicts("some text").allStrict()).isFalse();
    }
}
