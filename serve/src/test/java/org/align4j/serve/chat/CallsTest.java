package org.align4j.serve.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.align4j.core.files.Json;
import org.align4j.core.text.ControlTokens;
import org.align4j.core.text.Message;
import org.align4j.core.text.TextEncoder;
import org.align4j.serve.chat.CallForm.Call;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls in the forms of real chat templates: what a template writes for a call is read as that call, however it is cut into pieces. */
class CallsTest {
    private static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");
    private static final List<String> OFFERED = List.of("get_weather", "add");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "qwen2_5, HERMES",
        "qwen3, HERMES",
        "llama3_1, LLAMA",
        "llama3_2, LLAMA",
        "mistral_v3, MISTRAL",
        "mistral_v0_3, MISTRAL",
        "qwen3_5, none",
        "gemma, none",
        "chatml, none"
    })
    void aTemplateTellsItsForm(String template, String form) throws IOException {
        assertThat(CallForm.of(encoder(template)).map(Enum::name).orElse("none"))
                .isEqualTo(form);
    }

    @ParameterizedTest
    @CsvSource({"qwen2_5", "qwen3", "llama3_1", "llama3_2", "mistral_v3", "mistral_v0_3"})
    void whatATemplateWritesIsReadAgain(String template) throws IOException {
        TextEncoder encoder = encoder(template);
        CallForm form = CallForm.of(encoder).orElseThrow();
        Map<String, Object> arguments = Map.of("city", "Zürich {\"}");
        String with = rendered(encoder, arguments);
        String without = encoder.renderPrompt(List.of(Message.of("user", "q")), null);
        String mark = form == CallForm.LLAMA ? "{\"name\": \"get_weather\"" : form.opening();
        String answer = with.substring(with.lastIndexOf(mark));
        assertThat(without).doesNotContain(mark);
        int end = form == CallForm.HERMES
                ? answer.indexOf(form.closing()) + form.closing().length()
                : form == CallForm.MISTRAL ? answer.indexOf("}]") + 2 : answer.indexOf("}}") + 2;
        for (int seed = 0; seed < 50; seed++) {
            Read read = read(form, answer.substring(0, end), true, seed);
            assertThat(read.text).isEmpty();
            assertThat(read.calls).hasSize(1);
            assertThat(read.calls.get(0).name()).isEqualTo("get_weather");
            assertThat(json(read.calls.get(0).arguments())).isEqualTo(arguments);
        }
    }

    @Test
    void textBeforeCallsIsTextAndSeveralCallsAreRead() {
        String calls = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>\n<tool_call>\n"
                + "{\"name\": \"get_weather\", \"arguments\": {}}\n</tool_call>";
        for (int seed = 0; seed < 50; seed++) {
            Read read = read(CallForm.HERMES, "Let me see. <b>\n\n" + calls, true, seed);
            assertThat(read.text).isEqualTo("Let me see. <b>");
            assertThat(read.calls).extracting(Call::name).containsExactly("add", "get_weather");
            assertThat(read.calls).extracting(Call::arguments).containsExactly("{\"a\":1}", "{}");
            assertThat(read(CallForm.HERMES, calls, false, seed).calls)
                    .extracting(Call::name)
                    .containsExactly("add");
        }
    }

    @Test
    void severalCallsOfLlamaAndMistral() {
        String llama =
                "{\"name\": \"add\", \"parameters\": {\"a\": 1}}; {\"name\": \"add\", \"parameters\": {\"a\": 2}}";
        String mistral =
                "[TOOL_CALLS] [{\"name\": \"add\", \"arguments\": {\"a\": 1}}, {\"name\": \"add\", \"arguments\":"
                        + " {\"a\": 2}}]";
        for (int seed = 0; seed < 50; seed++) {
            assertThat(read(CallForm.LLAMA, llama, true, seed).calls)
                    .extracting(Call::arguments)
                    .containsExactly("{\"a\":1}", "{\"a\":2}");
            assertThat(read(CallForm.MISTRAL, mistral, true, seed).calls)
                    .extracting(Call::arguments)
                    .containsExactly("{\"a\":1}", "{\"a\":2}");
            assertThat(read(CallForm.LLAMA, llama, false, seed).calls).hasSize(1);
            assertThat(read(CallForm.MISTRAL, mistral, false, seed).calls).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            HERMES  | <tool_call>{"name": "rm", "arguments": {}}</tool_call>
            HERMES  | <tool_call>{"name": "add", "arguments": [1]}</tool_call>
            HERMES  | <tool_call>{"name": "add", "arguments": {"a": 1}
            HERMES  | <tool_cal
            HERMES  | a < b and c <tool
            LLAMA   | {"name": "rm", "parameters": {}}
            LLAMA   | {"answer": 42}
            LLAMA   | {"name": "add", "parameters": {"a":
            LLAMA   | The sum is {"a": 1}.
            MISTRAL | [TOOL_CALLS] [{"name": "rm", "arguments": {}}]
            MISTRAL | [TOOL_CALLS] [{"name": "add", "argu
            MISTRAL | [1, 2] is a list
            """)
    void whatIsNoCallStaysText(CallForm form, String answer) {
        for (int seed = 0; seed < 50; seed++) {
            Read read = read(form, answer, true, seed);
            assertThat(read.calls).isEmpty();
            assertThat(read.text).isEqualTo(answer);
        }
    }

    @ParameterizedTest
    @CsvSource({"HERMES", "LLAMA", "MISTRAL"})
    void aForcedCallIsReadAsThatCall(CallForm form) {
        String opening = form.shape(List.of("add")).openings().get(0);
        String answer =
                opening + "{\"a\": [1, {}]}" + form.shape(List.of("add")).closing();
        Read read = read(form, answer, true, 1);
        assertThat(read.calls).extracting(Call::arguments).containsExactly("{\"a\":[1,{}]}");
    }

    @Test
    void mistralsIdsAreNineLettersAndDigits() {
        assertThat(CallForm.MISTRAL.newId()).matches("[a-zA-Z0-9]{9}");
        assertThat(CallForm.MISTRAL.writtenId("call_0123456789abcdef"))
                .matches("[a-zA-Z0-9]{9}")
                .isEqualTo(CallForm.MISTRAL.writtenId("call_0123456789abcdef"))
                .isNotEqualTo(CallForm.MISTRAL.writtenId("call_0123456789abcdee"));
        assertThat(CallForm.MISTRAL.writtenId("abcDEF123")).isEqualTo("abcDEF123");
        assertThat(CallForm.HERMES.writtenId("call_1")).isEqualTo("call_1");
    }

    private record Read(String text, List<Call> calls) {}

    private static Read read(CallForm form, String answer, boolean several, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        CallReader reader = new CallReader(form, OFFERED, several);
        StringBuilder text = new StringBuilder();
        List<Call> calls = new ArrayList<>();
        int at = 0;
        while (at < answer.length()) {
            int to = Math.min(answer.length(), at + 1 + random.nextInt(9));
            CallReader.Parted parted = reader.add(answer.substring(at, to));
            text.append(parted.text());
            calls.addAll(parted.calls());
            at = to;
        }
        CallReader.Parted rest = reader.finish();
        calls.addAll(rest.calls());
        return new Read(text + rest.text(), calls);
    }

    private static String rendered(TextEncoder encoder, Map<String, Object> arguments) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", "get_weather");
        function.put("arguments", arguments);
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("id", "abcdefgh1");
        call.put("type", "function");
        call.put("function", function);
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.put("content", "");
        message.put("tool_calls", List.of(call));
        return encoder.renderPrompt(List.of(Message.of("user", "q"), Message.of(message)), null);
    }

    private TextEncoder encoder(String template) throws IOException {
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "config.json")) {
            Files.copy(DEMO.resolve(file), folder.resolve(file));
        }
        Path written = folder.resolve("chat_template.jinja");
        try (InputStream in = getClass().getResourceAsStream(template + ".jinja")) {
            if (template.equals("chatml")) {
                Files.copy(DEMO.resolve("chat_template.jinja"), written);
            } else {
                Files.write(written, Objects.requireNonNull(in).readAllBytes());
            }
        }
        // Mistral's templates end at a token that other models don't have.
        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(
                config,
                Files.readString(config, StandardCharsets.UTF_8)
                        .replace("\"bos_token\" : null", "\"bos_token\" : \"<|endoftext|>\""));
        return TextEncoder.load(folder, null, null, Map.of()).withControlTokens(ControlTokens.ALLOW);
    }

    private static Object json(String text) {
        try {
            return Json.read(text, Object.class);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }
}
