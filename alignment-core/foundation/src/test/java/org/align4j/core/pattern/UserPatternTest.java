package org.align4j.core.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class UserPatternTest {
    @Test
    void answersAsJavaDoes() {
        UserPattern pattern = UserPattern.of("lora-targets", "(.*)\\.(\\d+)\\.q");
        assertThat(pattern.matches("model.3.q")).isTrue();
        assertThat(pattern.matches("model.3.qq")).isFalse();
        assertThat(pattern.isIn("a model.3.qq")).isTrue();
        assertThat(pattern.isIn("line\n.3.q")).isTrue();
        assertThat(pattern.matches("line\n.3.q")).isFalse();
        assertThat(UserPattern.acrossLines("reward", "a.b").matches("a\nb")).isTrue();
        assertThat(pattern.atStart("model.3.qq").orElseThrow().group(2)).isEqualTo("3");
        assertThat(pattern.atStart("model.q")).isEmpty();
        assertThat(pattern.groups()).isEqualTo(2);
        assertThat(pattern.expression()).isEqualTo("(.*)\\.(\\d+)\\.q");
        UserPattern answer = UserPattern.acrossLines("reward", "#(\\d)?");
        assertThat(answer.lastGroup("#1 and #2")).isEqualTo("2");
        assertThat(answer.lastGroup("#1 and #")).isNull();
        assertThat(answer.lastGroup("none")).isNull();
    }

    @Test
    void whatIsNoExpressionIsNamed() {
        assertThatThrownBy(() -> UserPattern.of("lora-targets", "(q"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("lora-targets is \"(q\" but must be a regular expression: Unclosed group");
    }

    /** A module's name of 31 letters can be shared out among nine repetitions in 48 million ways. */
    @Test
    void endlessSearchesAreErrors() {
        UserPattern pattern = UserPattern.of("lora-targets", "(.*)".repeat(9) + "!");
        assertThatThrownBy(() -> pattern.matches("model.layers.0.self_attn.q_proj"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(
                        "(.*)!\", which does not come to an end on a text of 31 characters; use fewer repetitions");
    }

    /** Java descends a step for each repetition of a group with choices. */
    @Test
    void searchesTooDeepAreErrors() {
        UserPattern pattern = UserPattern.of("reward regex", "(a|b)*c");
        assertThatThrownBy(() -> pattern.matches("ab".repeat(500_000)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("on a text of 1000000 characters");
    }

    /** From each of five thousand places to the end of the text and back: slow, but it ends. */
    @Test
    void longResponsesMayBeSearched() {
        assertThat(UserPattern.acrossLines("reward regex", ".*z").isIn("a".repeat(5_000)))
                .isFalse();
    }

    @Test
    void partsAreCountedInEitherCase() {
        UserPattern either = UserPattern.inEitherCase("keyword", "\u00e9t\u00e9|a.b");
        assertThat(either.count("\u00c9T\u00c9, \u00e9t\u00e9, A\rB, a\nb")).isEqualTo(3);
        assertThat(either.isIn("none")).isFalse();
    }

    /** Each of these searches ends in a tenth of a second, but a file may ask for a million of them. */
    @Tag("long")
    @Test
    void searchesThatAreAllSlowEndTogether() {
        SearchAllowance file = new SearchAllowance("task.jsonl");
        String answer = "a".repeat(4_000);
        assertThatThrownBy(() -> {
                    for (int row = 0; row < 1_000_000; row++) {
                        UserPattern.inEitherCase("task.jsonl:" + row + ": keyword", ".*z")
                                .within(file)
                                .isIn(answer);
                    }
                })
                .isInstanceOf(InputException.class)
                .hasMessageContaining("task.jsonl has expressions that take too long on the answers together");
    }

    /** Places count from 1, as people count. */
    @Test
    void thePlaceOfAFaultIsCountedFromOne() {
        assertThatThrownBy(() -> UserPattern.inEitherCase("keyword", "ab**c"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("keyword is \"ab**c\" but must be a regular expression")
                .hasMessageContaining("at character 4");
    }

    @Test
    void ordinarySearchesNeverEnd() {
        SearchAllowance file = new SearchAllowance("task.jsonl");
        UserPattern pattern = UserPattern.inEitherCase("keyword", "\\bword\\b").within(file);
        String answer = "many words and one word ".repeat(1_000);
        for (int row = 0; row < 2_000; row++) {
            assertThat(pattern.isIn(answer)).isTrue();
        }
    }
}
