package org.align4j.core.environment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as a call of a tool. */
class ToolCallTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<tool_call>\n{\"name\": \"calculator\", \"arguments\": {\"expression\": \"1 + 2\"}}\n</tool_call>",
                "Let me see. <tool_call>{\"name\": \"calculator\", \"parameters\": {\"expression\": \"1 + 2\"}}",
                "{\"name\": \"calculator\", \"arguments\": {\"expression\": \"1 + 2\"}}"
            })
    void callsAreRead(String text) {
        ToolCall call = ToolCall.first(text).orElseThrow();
        assertThat(call.name()).isEqualTo("calculator");
        assertThat(call.argument("expression")).contains("1 + 2");
        assertThat(call.argument("other")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "It is 3.",
                "<tool_call>\n{\"name\": \"calculator\", \"arg",
                "<tool_call>\n{\"name\": \"calculator\"}\n</tool_call>",
                "<tool_call>calculator(1 + 2)</tool_call>",
                "{\"name\": 3, \"arguments\": {}}"
            })
    void othersAreNot(String text) {
        assertThat(ToolCall.first(text)).isEmpty();
    }

    @Test
    void aMarkMeansACall() {
        assertThat(ToolCall.isMeant("<tool_call>\n{")).isTrue();
        assertThat(ToolCall.isMeant("It is 3.")).isFalse();
    }
}
