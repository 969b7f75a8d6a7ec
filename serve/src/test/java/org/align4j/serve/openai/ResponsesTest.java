package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.align4j.serve.door.PageTables;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Responses, vectors and readiness beside chats: a response says what the chat says, and its events come in OpenAI's order. */
class ResponsesTest {
    private static final String RESPONSES = "/v1/responses";
    private static final String EMBEDDINGS = "/v1/embeddings";
    private static final String[] REQUIRED = {
        "id",
        "object",
        "created_at",
        "error",
        "incomplete_details",
        "instructions",
        "metadata",
        "model",
        "output",
        "parallel_tool_calls",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
        "usage"
    };
    private static final String QUESTION = "Tell me about the river.";

    @TempDir
    static Path folder;

    private static Served served;

    @BeforeAll
    static void start() {
        served = Served.start(folder);
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static Map<String, Object> asked(Object input, Object... more) {
        Map<String, Object> request =
                new LinkedHashMap<>(Map.of("model", "tiny", "input", input, "temperature", 0, "max_output_tokens", 24));
        for (int i = 0; i < more.length; i += 2) {
            request.put((String) more[i], more[i + 1]);
        }
        return request;
    }

    private static JsonNode ok(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private static JsonNode chat() {
        List<Object> messages =
                List.of(Map.of("role", "system", "content", "Be brief."), Map.of("role", "user", "content", QUESTION));
        return ok(served.post(
                "/v1/chat/completions",
                Map.of("model", "tiny", "messages", messages, "temperature", 0, "max_tokens", 24)));
    }

    @Test
    void aResponseSaysWhatTheChatSays() throws IOException {
        JsonNode chat = chat();
        JsonNode response = ok(served.post(RESPONSES, asked(QUESTION, "instructions", "Be brief.")));
        assertThat(response.fieldNames()).toIterable().contains(REQUIRED);
        String text = chat.at("/choices/0/message/content").asText();
        assertThat(response.at("/output/0/content/0/text").asText())
                .isEqualTo(text)
                .isNotEmpty();
        assertThat(response.at("/usage/input_tokens")).isEqualTo(chat.at("/usage/prompt_tokens"));
        assertThat(response.at("/usage/output_tokens")).isEqualTo(chat.at("/usage/completion_tokens"));
        boolean cut = chat.at("/choices/0/finish_reason").asText().equals("length");
        assertThat(response.path("status").asText()).isEqualTo(cut ? "incomplete" : "completed");
        assertThat(response.path("store").asBoolean(true)).isFalse();
        List<Object> items = List.of(
                Map.of("role", "developer", "content", "Be brief."),
                Map.of(
                        "type",
                        "message",
                        "role",
                        "user",
                        "content",
                        List.of(Map.of("type", "input_text", "text", QUESTION))));
        assertThat(ok(served.post(RESPONSES, asked(items)))
                        .at("/output/0/content/0/text")
                        .asText())
                .isEqualTo(text);
        JsonNode one = ok(served.post(RESPONSES, asked(QUESTION, "max_output_tokens", 1)));
        assertThat(one.path("status").asText()).isEqualTo("incomplete");
        assertThat(one.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
    }

    @Test
    void eventsComeInOpenAisOrder() throws IOException {
        Answer answer = served.post(RESPONSES, asked(QUESTION, "instructions", "Be brief.", "stream", true));
        List<String> types = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        JsonNode last = Json.object();
        for (String event : answer.text().split("\n\n", -1)) {
            if (event.isBlank() || event.startsWith(":")) {
                continue;
            }
            String[] lines = event.split("\n", -1);
            last = Json.read(lines[1].substring("data: ".length()));
            assertThat(lines[0]).isEqualTo("event: " + last.path("type").asText());
            assertThat(last.path("sequence_number").asInt()).isEqualTo(types.size());
            types.add(last.path("type").asText());
            if (last.path("type").asText().equals("response.output_text.delta")) {
                text.append(last.path("delta").asText());
            }
        }
        List<String> around = new ArrayList<>(types);
        around.removeIf(type -> type.equals("response.output_text.delta"));
        assertThat(around.subList(0, 7))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done");
        assertThat(around).hasSize(8);
        JsonNode whole = last.path("response");
        assertThat(whole.fieldNames()).toIterable().contains(REQUIRED);
        assertThat(around.get(7)).isEqualTo("response." + whole.path("status").asText());
        assertThat(text.toString())
                .isEqualTo(whole.at("/output/0/content/0/text").asText())
                .isEqualTo(chat().at("/choices/0/message/content").asText());
        assertThat(whole.at("/usage/output_tokens").asInt()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"previous_response_id\": \"resp_1\"} | previous_response_id | send the earlier messages in input",
                "{\"tools\": [{\"type\": \"web_search\"}]} | tools | /v1/chat/completions",
                "{\"background\": true} | background | /v1/batches",
                "{\"reasoning\": {\"effort\": \"low\"}} | reasoning | no such setting",
                "{\"text\": {\"format\": {\"type\": \"json_schema\"}}} | text.format.type | 'json_object'",
                "{\"max_output_tokens\": -1} | max_output_tokens | max_output_tokens",
                "{\"input\": [{\"type\": \"function_call_output\"}]} | input[0] | /v1/chat/completions",
                "{\"input\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_image\"}]}]} | input[0].content |"
                        + " read text",
                "{\"input\": 5} | input | a string or an array",
                "{\"unknown\": 5} | unknown | Unknown parameter",
            })
    void whatAPlainChatHasNotIsRefusedWithASentence(String change, String param, String message) throws IOException {
        Map<String, Object> request = asked(QUESTION);
        Json.read(change).properties().forEach(each -> request.put(each.getKey(), each.getValue()));
        Answer answer = served.post(RESPONSES, request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.error("param")).isEqualTo(param);
        assertThat(answer.error("message")).contains(message);
    }

    @Test
    void storedResponsesAreRefused() {
        assertThat(served.get(RESPONSES + "/resp_1").error("message")).contains("No response is stored here");
        assertThat(served.delete(RESPONSES + "/resp_1").status()).isEqualTo(400);
    }

    private static float[] vector(JsonNode packed) {
        ByteBuffer bytes =
                ByteBuffer.wrap(Base64.getDecoder().decode(packed.asText())).order(ByteOrder.LITTLE_ENDIAN);
        float[] vector = new float[bytes.remaining() / Float.BYTES];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = bytes.getFloat();
        }
        return vector;
    }

    /** A text's vector has length 1 and the same bits alone, in company, as numbers and packed, and by its token ids. */
    @Test
    void aTextHasOneVectorOfLengthOne() {
        JsonNode both =
                ok(served.post(EMBEDDINGS, Map.of("model", "tiny", "input", List.of("The cat sat.", "A red kite"))));
        assertThat(both.path("data")).hasSize(2);
        assertThat(both.at("/data/1/index").asInt()).isOne();
        assertThat(both.at("/usage/prompt_tokens").asInt()).isGreaterThan(4);
        JsonNode packed = ok(
                served.post(EMBEDDINGS, Map.of("model", "tiny", "input", "A red kite", "encoding_format", "base64")));
        float[] vector = vector(packed.at("/data/0/embedding"));
        double length = 0;
        for (int i = 0; i < vector.length; i++) {
            assertThat(both.at("/data/1/embedding/" + i).floatValue()).isEqualTo(vector[i]);
            length += (double) vector[i] * vector[i];
        }
        assertThat(both.at("/data/0/embedding")).hasSize(vector.length);
        assertThat(length).isCloseTo(1, within(1e-6));
        assertThat(both.at("/data/0/embedding")).isNotEqualTo(both.at("/data/1/embedding"));
        ok(served.post(
                EMBEDDINGS,
                Map.of("model", "tiny", "input", List.of(5, 6, 7), "dimensions", vector.length, "user", "me")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"dimensions\": 3} | dimensions | aren't made to be cut",
                "{\"input\": \"\"} | input | empty text",
                "{\"input\": []} | input | none of them empty",
                "{\"input\": [[]]} | input | none of them empty",
                "{\"input\": [99999999]} | input | token id 99999999",
                "{\"input\": null} | input | input",
                "{\"encoding_format\": \"int8\"} | encoding_format | 'base64'",
            })
    void aVectorThatCannotBeIsRefused(String change, String param, String message) throws IOException {
        Map<String, Object> request = new LinkedHashMap<>(Map.of("model", "tiny", "input", "a"));
        Json.read(change).properties().forEach(each -> request.put(each.getKey(), each.getValue()));
        Answer answer = served.post(EMBEDDINGS, request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.error("param")).isEqualTo(param);
        assertThat(answer.error("message")).contains(message);
    }

    @Test
    void aTextLongerThanTheContextIsRefusedBeforeItIsRead() {
        for (String text : List.of("river ".repeat(5_000), "a".repeat(3_000_000), "a b c d ".repeat(1_500))) {
            Answer answer = served.post(EMBEDDINGS, Map.of("model", "tiny", "input", text));
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.error("code")).isEqualTo("context_length_exceeded");
        }
    }

    @Test
    void aServerThatCanWorkIsReady() throws IOException {
        assertThat(ok(served.get("/ready")).path("status").asText()).isEqualTo("ready");
        assertThat(folder.resolve(".ready")).doesNotExist();
    }

    @Test
    void thePageShowsTheTableOfResponses() throws IOException {
        PageTables.require("chat.md", Map.of("responses", PageTables.fields(ResponseRoutes.TABLE)));
        assertThat(Files.readString(
                        Path.of(System.getProperty("align4j.root"), "docs", "chat.md"), StandardCharsets.UTF_8))
                .contains("mean of the last hidden states");
    }
}
