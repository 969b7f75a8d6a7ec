package org.align4j.serve.openai;

import static org.align4j.serve.openai.ChatServer.DEMO;
import static org.align4j.serve.openai.ChatServer.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonObject;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionNamedToolChoice;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Sft;
import org.align4j.core.files.Json;
import org.align4j.serve.chat.Shelf;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's own client for Java, each answer validated, against the demo's model, with and without a template that has tools. */
class ChatClientTest {
    @TempDir
    static Path folder;

    private static ChatServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws IOException {
        for (String file : List.of(
                "tokenizer.json",
                "tokenizer_config.json",
                "config.json",
                "model.safetensors",
                "generation_config.json")) {
            Files.copy(DEMO.resolve(file), folder.resolve(file));
        }
        try (InputStream in = ChatServer.class.getResourceAsStream("/org/align4j/serve/chat/qwen2_5.jinja")) {
            Files.write(
                    folder.resolve("chat_template.jinja"),
                    Objects.requireNonNull(in).readAllBytes());
        }
        server = new ChatServer(Map.of("demo", DEMO.toString(), "tools", folder.toString()), 100);
        client = OpenAIOkHttpClient.builder()
                .baseUrl(server.address() + "/v1")
                .apiKey("any")
                .responseValidation(true)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @Test
    void chatsAreAnsweredStreamedOrNot() {
        ChatCompletionCreateParams params =
                asked("demo").logprobs(true).topLogprobs(2).build();
        ChatCompletion whole = client.chat().completions().create(params);
        whole.validate();
        String text = whole.choices().get(0).message().content().orElseThrow();
        assertThat(text).isNotBlank();
        assertThat(whole.choices().get(0).logprobs().orElseThrow().content().orElseThrow().stream()
                        .map(token -> token.token())
                        .collect(Collectors.joining()))
                .isEqualTo(text);
        ChatCompletion streamed = streamed(asked("demo")
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build());
        assertThat(streamed.choices().get(0).message().content()).contains(text);
        assertThat(streamed.choices().get(0).finishReason())
                .isEqualTo(whole.choices().get(0).finishReason());
        assertThat(streamed.usage().orElseThrow().completionTokens())
                .isEqualTo(whole.usage().orElseThrow().completionTokens());
    }

    @Test
    void completionsAndJsonAreAnswered() throws IOException {
        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("demo")
                        .prompt("The river")
                        .maxTokens(6)
                        .logprobs(2)
                        .temperature(0)
                        .build());
        completion.validate();
        assertThat(completion.choices().get(0).text()).isNotEmpty();
        ChatCompletion json = client.chat()
                .completions()
                .create(asked("demo")
                        .responseFormat(ResponseFormatJsonObject.builder().build())
                        .maxCompletionTokens(120)
                        .build());
        json.validate();
        assertThat(json.choices().get(0).message().content().orElseThrow().strip())
                .startsWith("{");
    }

    @Test
    void anUnknownModelIsNotFound() {
        assertThatThrownBy(
                        () -> client.chat().completions().create(asked("gpt-9").build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("`gpt-9` does not exist");
    }

    @Test
    void aFunctionThatMustBeCalledIsCalled() throws IOException {
        ChatCompletionCreateParams params =
                withTool(ChatCompletionToolChoiceOption.ofNamedToolChoice(ChatCompletionNamedToolChoice.builder()
                        .function(ChatCompletionNamedToolChoice.Function.builder()
                                .name("get_weather")
                                .build())
                        .build()));
        ChatCompletion whole = client.chat().completions().create(params);
        whole.validate();
        ChatCompletion streamed = streamed(params);
        for (ChatCompletion each : List.of(whole, streamed)) {
            ChatCompletion.Choice choice = each.choices().get(0);
            if (choice.finishReason().equals(ChatCompletion.Choice.FinishReason.LENGTH)) {
                // A model this small may fill the arguments to the end.
                assertThat(choice.message().toolCalls().orElse(List.of())).isEmpty();
                continue;
            }
            assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
            ChatCompletionMessageToolCall call =
                    choice.message().toolCalls().orElseThrow().get(0);
            assertThat(call.asFunction().function().name()).isEqualTo("get_weather");
            assertThat(Json.read(call.asFunction().function().arguments()).isObject())
                    .isTrue();
        }
        ChatCompletion next = client.chat()
                .completions()
                .create(asked("tools")
                        .addMessage(ChatCompletionToolMessageParam.builder()
                                .toolCallId("call_1")
                                .content("rain")
                                .build())
                        .build());
        assertThat(next.choices().get(0).message().content()).isPresent();
    }

    /** A model that learned one call by heart makes it, asked or not, streamed or not. */
    @Tag("long")
    @Test
    void aLearnedCallIsMade() throws Exception {
        Path rows = folder.resolve("rows.jsonl");
        Map<String, Object> call =
                Map.of("id", "c", "type", "function", "function", Map.of("name", "f", "arguments", Map.of("a", 1)));
        Files.writeString(
                rows,
                Json.text(Map.of(
                        "messages",
                                List.of(
                                        Map.of("role", "user", "content", "Where is the cat?"),
                                        Map.of("role", "assistant", "content", "Now.", "tool_calls", List.of(call))),
                        "tools", List.of(tool("f")))));
        try (LanguageModel base =
                Align4j.model(folder).device("cpu").dtype("fp32").threads(1).open()) {
            Sft.usual()
                    .maxSteps(80)
                    .batchSize(1)
                    .learningRate(3e-3)
                    .option("report", false)
                    .option("samples", 0)
                    .train(base, Sft.Conversations.read(rows), folder.resolve("run"))
                    .close();
        }
        server.tuned.put(
                "ft:tools",
                new Shelf.Tuned(folder.toString(), folder.resolve("run").resolve("adapter")));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("model", "ft:tools");
        fields.put("messages", List.of(Map.of("role", "user", "content", "Where is the cat?")));
        fields.put("tools", List.of(tool("f")));
        fields.put("max_tokens", 60);
        fields.put("temperature", 0);
        JsonNode choice = server.chat(fields).at("/choices/0");
        assertThat(choice.path("finish_reason").asText()).as(choice.toString()).isEqualTo("tool_calls");
        assertThat(choice.at("/message/content").asText()).isEqualTo("Now.");
        assertThat(choice.at("/message/tool_calls/0/function/arguments").asText())
                .isEqualTo("{\"a\":1}");
        assertThat(choice.at("/message/tool_calls/0/id").asText()).startsWith("call_");
        List<JsonNode> chunks = server.stream("/v1/chat/completions", body(fields));
        assertThat(chunks.stream()
                        .map(chunk -> chunk.at("/choices/0/delta/content").asText(""))
                        .collect(Collectors.joining()))
                .isEqualTo("Now.");
        JsonNode told = chunks.get(chunks.size() - 2).at("/choices/0/delta/tool_calls/0");
        assertThat(told.path("index").asInt()).isZero();
        assertThat(told.at("/function/name").asText()).isEqualTo("f");
        assertThat(chunks.get(chunks.size() - 1).at("/choices/0/finish_reason").asText())
                .isEqualTo("tool_calls");
        fields.put("tool_choice", "required");
        fields.put("parallel_tool_calls", false);
        JsonNode forced = server.chat(fields).at("/choices/0");
        // A model this small may fill the arguments to the end.
        boolean filled = forced.path("finish_reason").asText().equals("length");
        assertThat(forced.path("finish_reason").asText()).as(forced.toString()).isIn("tool_calls", "length");
        assertThat(forced.at("/message/content").isNull()).isEqualTo(!filled);
        fields.put("tool_choice", "none");
        fields.remove("parallel_tool_calls");
        assertThat(server.chat(fields).at("/choices/0/message").has("tool_calls"))
                .isFalse();
    }

    @Test
    void callsOfAConversationAreShownToTheModel() throws Exception {
        Map<String, Object> function = Map.of("name", "f", "arguments", "{\"a\": 1}");
        List<Object> messages = List.of(
                Map.of("role", "user", "content", "x"),
                Map.of(
                        "role",
                        "assistant",
                        "tool_calls",
                        List.of(Map.of("id", "call_1", "type", "function", "function", function))),
                Map.of("role", "tool", "tool_call_id", "call_1", "content", "2"));
        JsonNode answer = server.chat(Map.of("model", "tools", "messages", messages));
        assertThat(answer.at("/choices/0/message/content").isTextual()).isTrue();
        Map<String, Object> broken = Map.of("name", "f", "arguments", "a = 1");
        List<Object> wrong = List.of(
                Map.of("role", "user", "content", "x"),
                Map.of(
                        "role",
                        "assistant",
                        "tool_calls",
                        List.of(Map.of("id", "c", "type", "function", "function", broken))));
        var refused = server.post("/v1/chat/completions", body(Map.of("model", "tools", "messages", wrong)));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("messages[1].tool_calls[0].function.arguments");
        for (Map<String, Object> fields : List.<Map<String, Object>>of(
                Map.of(
                        "tools",
                        List.of(tool("f")),
                        "tool_choice",
                        Map.of("type", "function", "function", Map.of("name", "h"))),
                Map.of("tools", List.of(Map.of("type", "custom", "custom", Map.of("name", "f")))),
                Map.of("tools", List.of(tool("f"), tool("f"))),
                Map.of("tools", List.of(tool("bad name"))),
                Map.of("tools", List.of(tool("f")), "response_format", Map.of("type", "json_object")),
                Map.of("parallel_tool_calls", true))) {
            Map<String, Object> with = new LinkedHashMap<>(fields);
            with.put("model", "tools");
            assertThat(server.post("/v1/chat/completions", body(with)).statusCode())
                    .as(fields.toString())
                    .isEqualTo(400);
        }
    }

    private static Map<String, Object> tool(String name) {
        return Map.of("type", "function", "function", Map.of("name", name, "parameters", Map.of("type", "object")));
    }

    private static ChatCompletionCreateParams.Builder asked(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage("Where is the cat?")
                .temperature(0)
                .maxCompletionTokens(20);
    }

    private static ChatCompletionCreateParams withTool(ChatCompletionToolChoiceOption choice) {
        return asked("tools")
                .maxCompletionTokens(100)
                .addTool(ChatCompletionFunctionTool.builder()
                        .function(FunctionDefinition.builder()
                                .name("get_weather")
                                .description("Tells the weather of a city.")
                                .parameters(FunctionParameters.builder()
                                        .putAdditionalProperty("type", JsonValue.from("object"))
                                        .build())
                                .build())
                        .build())
                .toolChoice(choice)
                .build();
    }

    private static ChatCompletion streamed(ChatCompletionCreateParams params) {
        ChatCompletionAccumulator all = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            stream.stream().forEach(chunk -> {
                chunk.validate();
                all.accumulate(chunk);
            });
        }
        return all.chatCompletion();
    }
}
