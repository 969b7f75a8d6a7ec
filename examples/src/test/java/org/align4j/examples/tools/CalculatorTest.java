package org.align4j.examples.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.environment.Environment.Step;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The calculator: what it works out, and when it rewards. */
class CalculatorTest {
    private static final PromptTokens ROW = new PromptTokens(0, new int[] {1}, "q", "85", Map.of());

    @ParameterizedTest
    @CsvSource({
        "37 + 48, 85",
        "2 + 3 * 4, 14",
        "(2 + 3) * 4, 20",
        "-3 - -4, 1",
        "10 / 4, 2.5",
        "7 - 7, 0",
        "1 / 3, 0.3333333333333333",
        "1 / 0, error: no expression",
        "37 +, error: no expression",
        "2 ** 3, error: no expression",
        "import os, error: no expression",
        "'', error: no expression"
    })
    void expressionsHaveTheirValue(String expression, String value) {
        assertThat(Expression.said(expression)).isEqualTo(value);
    }

    @Test
    void whatIsTooLongOrTooDeepIsNoExpression() {
        assertThat(Expression.said("1".repeat(201))).startsWith("error: more than 200");
        assertThat(Expression.said("(".repeat(100) + "1" + ")".repeat(99))).startsWith("error");
    }

    @Test
    void aCallIsAnsweredAndTheLastTurnIsRewarded() {
        Calculator calculator = new Calculator();
        assertThat(calculator.reset(ROW, 1)).isEmpty();
        assertThat(
                        calculator.step(
                                "<tool_call>\n{\"name\": \"calculator\", \"arguments\": {\"expression\": \"37 + 48\"}}\n</tool_call>"))
                .isEqualTo(new Step("85", 0, false));
        assertThat(calculator.step("<tool_call>\n{\"name\""))
                .isEqualTo(new Step("error: write calculator with an expression", 0, false));
        assertThat(calculator.step("37 and 48 make 85.")).isEqualTo(new Step("", 1, true));
        assertThat(calculator.step("It is 85, or 86.")).isEqualTo(new Step("", 0, true));
        assertThat(calculator.step("I don't know.")).isEqualTo(new Step("", 0, true));
    }

    @Test
    void rowsWithoutAnAnswerAreRefused() {
        assertThatThrownBy(() -> new Calculator().requirePrompts(List.of(new PromptTokens(4, new int[] {1}, "q"))))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("row 4 has no \"answer\"");
    }
}
