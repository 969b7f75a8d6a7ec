package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NestedRepeatsTest {
    /** GPT-2, Llama 3, o200k, DeepSeek V3, BLOOM, digits in groups of three, CLIP. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+",
                " ?[^(\\s|[.,!?…。，、।۔،])]+",
                "\\d{1,3}(?=(?:\\d{3})*\\b)",
                "<\\|startoftext\\|>|'s|[\\p{L}]+|[^\\s\\p{L}\\p{N}]+",
                "(a)+",
                "(?:ab){2,}",
                "a++",
                "[]*]+",
                "a{",
                "a{,}b",
                ")",
                "(",
                "[",
                "\\",
                "\\p{",
                ""
            })
    void patternsOfTokenizersPass(String regex) {
        assertThat(NestedRepeats.first(regex)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "(a+)+$, (a+)+",
                "x(?:a*)*, (?:a*)*",
                "(a|aa)+$, (a|aa)+",
                "(aa?)+, (aa?)+",
                "((a+))*, ((a+))*",
                "([(]+)*, ([(]+)*",
                "(\\)+){5}, (\\)+){5}",
                "\"(a{1,3})+\", \"(a{1,3})+\"",
                "(b(a+)c)+?, (b(a+)c)+?",
                "(a[^]]+)+, (a[^]]+)+",
                "(a)\\g<1>, \\g"
            })
    void repetitionsOfRepetitionsAreFound(String regex, String found) {
        assertThat(NestedRepeats.first(regex)).isEqualTo(found);
    }
}
