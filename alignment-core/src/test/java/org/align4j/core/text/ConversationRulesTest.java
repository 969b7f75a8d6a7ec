package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.text.TextEncoder.PromptText;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What conversations may hold: all of it is written, roles are known, control tokens are the template's own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConversationRulesTest {
    private static final String CHATML =
            "{{ bos_token }}{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content"
                    + " + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
    private static final String STRICT =
            "{% for m in messages %}{% if m.role not in ['user', 'assistant', 'critic'] %}{{ raise_exception('Only user and"
                    + " assistant.') }}{% endif %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{"
                    + " raise_exception('Roles must alternate.') }}{% endif %}[{{ m.role }}] {{ m.content | trim }}<|im_end|>"
                    + "{% endfor %}";
    private static final String CALLS =
            "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<|im_start|>{{ m.role"
                    + " }}\n{{ m.content or '' }}{% for c in m.tool_calls %}{{ c.function | tojson }}{% endfor"
                    + " %}<|im_end|>\n{% endfor %}";
    private static final List<Map<String, Object>> WEATHER = List.of(Map.of(
            "type",
            "function",
            "function",
            Map.of(
                    "name",
                    "get_weather",
                    "description",
                    "The weather's \"state\" in C:\\temp\nnow",
                    "parameters",
                    Map.of("type", "object", "properties", Map.of("city", Map.of("type", "string"))))));

    private Tokenizer tokenizer;

    @BeforeAll
    void open() throws URISyntaxException {
        tokenizer = Tokenizer.load(Path.of(
                ConversationRulesTest.class.getResource("/text/tiny-chat").toURI()));
    }

    @AfterAll
    void close() {
        tokenizer.close();
    }

    private TextEncoder encoder(String template) {
        return new TextEncoder(tokenizer, ChatTemplate.of("T", template, tokenizer.special()), null, Map.of());
    }

    private static Message message(Object... fields) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            all.put((String) fields[i], fields[i + 1]);
        }
        return Message.of(all);
    }

    private static Map<String, Object> call(Object arguments) {
        return Map.of(
                "id", "call1", "type", "function", "function", Map.of("name", "get_weather", "arguments", arguments));
    }

    private static List<Message> asks(Message... answers) {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(Message.of("user", "hello")), Arrays.stream(answers))
                .toList();
    }

    @Test
    void whatATemplateLeavesOutIsRefusedByMessageAndField() {
        List<Message> calling =
                asks(message("role", "assistant", "content", "", "tool_calls", List.of(call("{\"city\": 1}"))));
        assertThatThrownBy(() -> encoder(CHATML).encodeConversation(calling, null))
                .isInstanceOf(InputException.class)
                .hasMessage("\"tool_calls\" of message 1 (assistant) is not in what the chat template (T) writes"
                        + " (\"get_weather\" is missing); take it out, or give a --chat-template that writes it.");
        assertThatThrownBy(() -> encoder(CHATML)
                        .encodeConversation(
                                asks(message(
                                        "role",
                                        "assistant",
                                        "content",
                                        "ok",
                                        "function_call",
                                        Map.of("name", "f", "arguments", "{}"))),
                                null))
                .hasMessageContaining("\"function_call\" of message 1 (assistant)");
        assertThatThrownBy(() -> encoder(CHATML).prompt(asks(), WEATHER)).hasMessageStartingWith("\"tools\" is not in");
        String deaf =
                "{% for m in messages %}{% if m.role != 'system' %}{{ m.content }}<|im_end|>{% endif %}{% endfor %}";
        assertThatThrownBy(() ->
                        encoder(deaf).prompt(List.of(Message.of("system", "be"), Message.of("user", "hi")), null))
                .hasMessageContaining("\"content\" of message 0 (system)")
                .hasMessageContaining("\"be\" is missing");
    }

    /** The prompt holds the name and the argument; the dropped call must not pass for them. */
    @Test
    void aCallIsNotFoundInWhatStandsBeforeIt() {
        String dropsCalls = CALLS.replace("{% for c in m.tool_calls %}{{ c.function | tojson }}{% endfor %}", "");
        List<Message> calling = asks(
                message("role", "assistant", "content", "", "tool_calls", List.of(call(Map.of("city", "hello")))),
                Message.of("user", "hello"),
                Message.of("assistant", "ok"));
        assertThatThrownBy(() -> encoder(dropsCalls).encodeConversation(calling, WEATHER))
                .hasMessageContaining("\"tool_calls\" of message 1 (assistant)");
    }

    @Test
    void callsAndToolsOfOddFormsAreLookedForToo() {
        assertThatThrownBy(() -> encoder(CHATML)
                        .encodeConversation(
                                asks(message("role", "assistant", "content", "y", "tool_calls", Map.of("name", "f"))),
                                null))
                .hasMessageContaining("\"tool_calls\" of message 1 (assistant)");
        assertThatThrownBy(() -> encoder(CHATML).prompt(asks(), List.of("h")))
                .hasMessageStartingWith("\"tools\" is not in");
        assertThatThrownBy(() -> encoder(CHATML).prompt(asks(), List.of("{\"name\": \"hell\"}")))
                .hasMessageContaining("\"hell\" is missing");
    }

    /** Neither "set" of "settled" nor "a" of "and" nor 1 of 12 is the call. */
    @Test
    void shortNamesAreWordsOfTheirOwn() {
        List<Message> calling = asks(
                message(
                        "role",
                        "assistant",
                        "content",
                        "",
                        "tool_calls",
                        List.of(Map.of("function", Map.of("name", "set", "arguments", Map.of("a", 1))))),
                Message.of("user", "settled and 12"),
                Message.of("assistant", "ok"));
        assertThatThrownBy(() -> encoder(CHATML).encodeConversation(calling, null))
                .hasMessageContaining("\"set\" is missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ c.function | tojson }}",
                "{{ c.function.name }}({% for k, v in c.function.arguments | items %}{{ k }}={{ v }}, {% endfor %})",
                "{{ {'arguments': c.function.arguments, 'name': c.function.name} | tojson(indent=2) }}",
                "{{ c.function }}",
            })
    void callsAndToolsStandHoweverTheyAreWritten(String form) {
        String template = CALLS.replace("{{ c.function | tojson }}", form);
        Map<String, Object> arguments = new LinkedHashMap<>();
        arguments.put("city", "l'\"été\"\\n\n now");
        arguments.put("days", List.of(1, 2.5, true, "x"));
        List<Message> calling =
                asks(message("role", "assistant", "content", null, "tool_calls", List.of(call(arguments))));
        assertThat(encoder(template).encodeConversation(calling, WEATHER).trainedTokens())
                .isPositive();
    }

    @Test
    void contentsMayBeTrimmed() {
        assertThat(encoder(STRICT)
                        .prompt(List.of(Message.of("user", " \n a  b\r\n ")), null)
                        .text())
                .isEqualTo("[user] a  b<|im_end|>");
    }

    @Test
    void reasoningThatIsLeftOutIsTold() {
        String strips =
                "{% for m in messages %}<|im_start|>{{ m.content.split('</think>')[-1] | trim }}<|im_end|>{% endfor %}";
        List<Message> thinking = asks(Message.of("assistant", "<think>a b</think>yes"));
        String told = "the chat template leaves out reasoning of the assistant, which the model doesn't see";
        assertThat(encoder(strips).encodeConversation(thinking, null).notes()).containsExactly(told);
        assertThat(encoder(CHATML).encodeConversation(thinking, null).notes()).isEmpty();
        Message field = message("role", "assistant", "content", "yes", "reasoning_content", "a b");
        assertThat(encoder(CHATML).encodeConversation(asks(field), null).notes())
                .containsExactly(told);
        assertThatThrownBy(() ->
                        encoder(strips).encodeConversation(asks(Message.of("assistant", "<think>a b</think>")), null))
                .hasMessageContaining("\"content\" of message 1 (assistant)");
        assertThatThrownBy(() -> encoder(strips)
                        .encodeConversation(asks(Message.of("assistant", "lost <think>a</think>yes")), null))
                .hasMessageContaining("\"lost yes\" is missing");
    }

    @Test
    void idsAndNamesThatAreLeftOutAreTold() {
        List<Message> calling = asks(
                message("role", "assistant", "content", "", "tool_calls", List.of(call(Map.of("city", "x")))),
                message("role", "tool", "content", "sun", "tool_call_id", "call1", "name", "weather_tool"),
                Message.of("assistant", "ok"));
        assertThat(encoder(CALLS).encodeConversation(calling, null).notes())
                .containsExactlyInAnyOrder(
                        "the chat template leaves out the ids of tool calls",
                        "the chat template leaves out the field \"name\" of messages");
    }

    @Test
    void partsOfTextAreJoinedWhereTheTemplateWantsText() {
        Message parts = message(
                "role",
                "user",
                "content",
                List.of(Map.of("type", "text", "text", "Hi"), Map.of("type", "text", "text", " you")));
        assertThat(encoder(CHATML).prompt(List.of(parts), null).text())
                .isEqualTo("<s><|im_start|>user\nHi you<|im_end|>\n<|im_start|>assistant\n");
        String reads =
                "{% for m in messages %}{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content"
                        + " %}({{ p.text }}){% endfor %}{% endif %}{% endfor %}";
        assertThat(encoder(reads).prompt(List.of(parts), null).text()).isEqualTo("(Hi)( you)");
    }

    @Test
    void imagesAreRefusedAndThoughtsAreReasoning() {
        Message image = message(
                "role", "user", "content", List.of(Map.of("type", "image_url", "image_url", Map.of("url", "x"))));
        assertThatThrownBy(() -> encoder(CHATML).prompt(List.of(image), null))
                .hasMessage(
                        "\"content\" of message 0 (user) has a part of type \"image_url\", but only parts of text are"
                                + " read; take the part or the row out.");
        Message thought = message(
                "role",
                "assistant",
                "content",
                List.of(Map.of("type", "thinking", "thinking", "why"), Map.of("type", "text", "text", "yes")));
        String writes = CHATML.replace("m.content + '<", "(m.reasoning_content or '') + m.content + '<");
        TrainedText text = encoder(writes).encodeConversation(asks(thought), null);
        assertThat(tokenizer.decode(text.ids(), false)).contains("assistant\nwhyyes<|im_end|>");
        assertThat(text.notes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "human,user",
        "User,user",
        "gpt,assistant",
        "bot,assistant",
        "model,assistant",
        "developer,system",
        "function,tool"
    })
    void otherNamesOfKnownRolesAreReadAsThose(String given, String read) {
        PromptText text = encoder(CHATML).prompt(List.of(Message.of(given, "hello")), null);
        assertThat(text.text()).startsWith("<s><|im_start|>" + read + "\nhello");
        assertThat(text.notes())
                .containsExactly("the role \"" + given + "\", which the chat template doesn't know, is read as \""
                        + read + "\"");
    }

    @Test
    void theAssistantByAnotherNameIsTrained() {
        TrainedText text = encoder(CHATML)
                .encodeConversation(List.of(Message.of("human", "hello"), Message.of("gpt", "hello user")), null);
        assertThat(tokenizer.decode(text.ids(), false)).contains("<|im_start|>assistant\nhello user");
        assertThat(text.trainedTokens()).isEqualTo(4);
    }

    @Test
    void rolesThatNobodyKnowsAreRefusedAndThoseOfTheTemplateAreLeft() {
        assertThatThrownBy(() -> encoder(CHATML).prompt(List.of(Message.of("user_1", "hello")), null))
                .hasMessage(
                        "message 0 has the role \"user_1\", which the chat template (T) doesn't know; it knows system,"
                                + " user, assistant, tool. Rename the role in the data.");
        assertThatThrownBy(() -> encoder(STRICT).prompt(List.of(Message.of("user_1", "hello")), null))
                .hasMessageContaining("it knows user, assistant.");
        assertThat(encoder(STRICT)
                        .prompt(asks(Message.of("critic", "hello")), null)
                        .text())
                .isEqualTo("[user] hello<|im_end|>[critic] hello<|im_end|>");
        String developers = CHATML.replace("m.role +", "('boss' if m.role == 'developer' else m.role) +");
        assertThat(encoder(developers).prompt(List.of(Message.of("developer", "hello")), null))
                .satisfies(text -> assertThat(text.text()).contains("boss\nhello"))
                .satisfies(text -> assertThat(text.notes()).isEmpty());
        String quotes = CHATML.replace("{{ bos_token }}", "{{ bos_token }}{{ '{\"type\": \"function\"}' }}");
        assertThat(encoder(quotes)
                        .prompt(List.of(Message.of("function", "hello")), null)
                        .text())
                .contains("<|im_start|>tool\nhello");
    }

    @Test
    void controlTokensInMessagesAreRefused() {
        assertThatThrownBy(() -> encoder(CHATML).prompt(asks(Message.of("user", "hello<|im_end|> user")), null))
                .isInstanceOf(InputException.class)
                .hasMessage(
                        "\"content\" of message 1 (user) holds <|im_end|>, which the tokenizer reads as a control token;"
                                + " take it out, or give --control-tokens escape (it is ordinary text) or allow (it is the control"
                                + " token).");
        assertThatThrownBy(() -> encoder(CALLS)
                        .prompt(
                                asks(message(
                                        "role",
                                        "assistant",
                                        "content",
                                        "",
                                        "tool_calls",
                                        List.of(call(Map.of("city", "</s>"))))),
                                null))
                .hasMessageContaining("\"tool_calls\" of message 1 (assistant) holds </s>");
        TextEncoder polite =
                new TextEncoder(tokenizer, ChatTemplate.of("T", CHATML, tokenizer.special()), "be <s>", Map.of());
        assertThatThrownBy(() -> polite.prompt(asks(), null)).hasMessageStartingWith("\"system\" holds <s>,");
    }

    @Test
    void controlTokensInStepsAreRefusedWhereTheyAnswerMessages() {
        List<String> steps = List.of("one", "two</s>");
        assertThatThrownBy(() -> encoder(CHATML).notes(steps, true))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("a step of the answer holds </s>,");
        assertThat(encoder(CHATML).notes(steps, false))
                .containsExactly("the text holds </s>, which is encoded as the control token");
    }

    /** The ids are those of Python's tokenizers 0.23.3, the contents encoded with {@code encode_special_tokens}. */
    @Test
    void escapedControlTokensAreOrdinaryText() {
        TextEncoder escaping = encoder(CHATML).withControlTokens(ControlTokens.ESCAPE);
        PromptText prompt = escaping.prompt(List.of(Message.of("user", "hello<|im_end|> user")), null);
        assertThat(prompt.ids())
                .containsExactly(
                        0, 2, 270, 202, 265, 31, 95, 76, 80, 66, 72, 81, 71, 95, 33, 273, 3, 202, 2, 274, 289, 202);
        assertThat(prompt.notes()).containsExactly("a message holds <|im_end|>, which is encoded as ordinary text");
        PromptCompletion answered = escaping.encode(
                List.of(Message.of("user", "hello<|im_end|> user")),
                List.of(Message.of("assistant", "hello</s>")),
                null);
        assertThat(answered.prompt()).containsExactly(prompt.ids());
        assertThat(answered.completion()).containsExactly(265, 31, 18, 86, 33, 3, 202);
        TrainedText text = escaping.encodeConversation(asks(Message.of("assistant", "hello</s>")), null);
        assertThat(text.trainedTokens()).isEqualTo(7);
        assertThat(Arrays.copyOfRange(text.ids(), text.ids().length - 7, text.ids().length))
                .containsExactly(265, 31, 18, 86, 33, 3, 202);
    }

    @Test
    void allowedControlTokensAreThatAndTold() {
        PromptText prompt = encoder(CHATML)
                .withControlTokens(ControlTokens.ALLOW)
                .prompt(List.of(Message.of("user", "hello<|im_end|> user")), null);
        assertThat(prompt.ids()).containsExactly(0, 2, 270, 202, 265, 3, 273, 3, 202, 2, 274, 289, 202);
        assertThat(prompt.notes()).containsExactly("a message holds <|im_end|>, which is encoded as the control token");
    }

    @Test
    void plainTextAllowsControlTokensUnlessTheyAreEscaped() {
        PromptText told = encoder(CHATML).prompt("hello<|im_end|> user");
        assertThat(told.ids()).containsExactly(0, 265, 3, 273);
        assertThat(told.notes()).containsExactly("the text holds <|im_end|>, which is encoded as the control token");
        assertThat(encoder(CHATML)
                        .withControlTokens(ControlTokens.ESCAPE)
                        .encode("hello<|im_end|>", " user")
                        .prompt())
                .containsExactly(0, 265, 31, 95, 76, 80, 66, 72, 81, 71, 95, 33);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {{ m.content + 'x' }} | null | "content" of message 1 (assistant) is null, which the chat template (T) can't write (line 1 of the template); it must be text there
            {{ m.content + 'x' }} | 5    | "content" of message 1 (assistant) is 5, which the chat template (T) can't write (line 1 of the template); it must be text there
            {{ m.content.x.y }}   | a    | the chat template (T) can't write message 0 (user): it asks for something that is not there
            {{ raise_exception('No.') if loop.index0 == 1 }} | a | the chat template refuses the conversation at message 1 (assistant): No.
            """)
    void anErrorInATemplateNamesMessageAndField(String body, String content, String expected) {
        Object value = content.equals("null") ? null : content.equals("5") ? (Object) 5 : content;
        String template = "{% for m in messages %}" + body + "{% endfor %}";
        assertThatThrownBy(() -> encoder(template).prompt(asks(message("role", "assistant", "content", value)), null))
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith(expected)
                .hasMessageNotContaining("Error");
    }

    @Test
    void aCallThatATemplateCannotWriteIsNamed() {
        String items = CALLS.replace("{{ c.function | tojson }}", "{{ c.function.arguments | items | list }}");
        assertThatThrownBy(() -> encoder(items)
                        .prompt(
                                asks(message(
                                        "role", "assistant", "content", "", "tool_calls", List.of(call("no object")))),
                                null))
                .hasMessageStartingWith("\"tool_calls\" of message 1 (assistant) is a list, which the chat template (T)"
                        + " can't write: it needs a value of another kind")
                .hasMessageNotContaining("TypeError");
    }
}
