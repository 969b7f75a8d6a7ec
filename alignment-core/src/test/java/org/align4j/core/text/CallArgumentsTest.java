package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls of OpenAI's rows, whose arguments are a text of JSON, by templates that want objects and by those that take texts. */
class CallArgumentsTest {
    private static String written(String expression, Object arguments) {
        String source =
                "{% for m in messages %}{% if m.tool_calls %}{% for c in m.tool_calls %}{% set a = c.function.arguments %}"
                        + expression + "{% endfor %}{% else %}{{ m.content }}{% endif %}{% endfor %}";
        ChatTemplate template =
                ChatTemplate.of("test", source, new SpecialTokens(null, null, null, new int[0], Map.of()));
        Map<String, Object> call = Map.of("type", "function", "function", Map.of("name", "f", "arguments", arguments));
        List<Message> messages =
                List.of(Message.of("user", "q"), Message.of(Map.of("role", "assistant", "tool_calls", List.of(call))));
        return template.run(messages, null, false, Map.of()).text();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                "{{ a | tojson }}#{\"x\":  1}#q{\"x\": 1}",
                "{{ a if a is string else a | tojson }}#{\"x\":  1}#q{\"x\":  1}",
                "{% for k, v in a.items() %}{{ k }}={{ v }}{% endfor %}#{\"x\":  1}#qx=1",
                "{{ a | tojson }}#no JSON#q\"no JSON\"",
                "{{ a | tojson }}#[1]#q\"[1]\"",
                "{{ a }}#{\"x\":  1}#q{\"x\":  1}",
            })
    void textsBecomeObjectsWhereTheTemplateWouldQuoteThem(String expression, String arguments, String expected) {
        assertThat(written(expression, arguments)).isEqualTo(expected);
    }

    @Test
    void objectsStayAsTheyAre() {
        assertThat(written("{{ a | tojson }}", Map.of("x", 1))).isEqualTo("q{\"x\": 1}");
    }
}
