package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.align4j.core.files.Json;
import org.align4j.serve.Served;
import org.align4j.serve.Served.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches over HTTP, whose answers are those that the endpoint itself gives. */
class BatchRoutesTest {
    private static final String CHATS = "/v1/chat/completions";

    @TempDir
    static Path folder;

    private static Served served;
    private static String input;

    @BeforeAll
    static void start() {
        served = Served.start(folder);
        input = upload(
                line("a", chat("Hello", 8)) + line("b", chat("The sea", 8)) + line("bad", Map.of("model", "tiny")));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static Map<String, Object> chat(String content, int most) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("model", "tiny");
        request.put("messages", List.of(Map.of("role", "user", "content", content)));
        request.put("temperature", 0);
        request.put("max_tokens", most);
        return request;
    }

    private static String line(String id, Map<String, Object> body) {
        return Json.text(Map.of("custom_id", id, "method", "POST", "url", CHATS, "body", body)) + "\n";
    }

    private static String upload(String text) {
        return served.upload("in.jsonl", text.getBytes(StandardCharsets.UTF_8), "purpose", "batch")
                .json()
                .path("id")
                .asText();
    }

    private static Map<String, Object> request(String file) {
        return new LinkedHashMap<>(Map.of(
                "input_file_id", file, "endpoint", CHATS, "completion_window", "24h", "metadata", Map.of("k", "v")));
    }

    private static JsonNode end(String id) throws InterruptedException {
        for (int look = 0; look < 600; look++) {
            Answer answer = served.get("/v1/batches/" + id);
            Schemas.require("Batch", answer.text());
            String status = answer.json().path("status").asText();
            if (List.of("completed", "failed", "cancelled", "expired").contains(status)) {
                return answer.json();
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new AssertionError("the batch doesn't end");
    }

    @Test
    void aBatchGivesWhatTheEndpointGives() throws Exception {
        Map<String, Object> request = request(input);
        request.put("output_expires_after", Map.of("anchor", "created_at", "seconds", 3600));
        Answer created = served.post("/v1/batches", request);
        assertThat(created.status()).as(created.text()).isEqualTo(200);
        Schemas.require("Batch", created.text());
        JsonNode done = end(created.json().path("id").asText());
        assertThat(done.path("status").asText()).isEqualTo("completed");
        assertThat(done.path("model").asText()).isEqualTo("tiny");
        assertThat(done.path("metadata")).isEqualTo(Json.read("{\"k\":\"v\"}"));
        assertThat(done.path("request_counts")).isEqualTo(Json.read("{\"total\":3,\"completed\":2,\"failed\":1}"));
        String output = done.path("output_file_id").asText();
        List<String> lines =
                served.get("/v1/files/" + output + "/content").text().lines().toList();
        assertThat(lines).hasSize(2);
        long answered = 0;
        for (String text : lines) {
            JsonNode line = Json.read(text);
            JsonNode body = line.path("response").path("body");
            Schemas.require("CreateChatCompletionResponse", body.toString());
            String asked = line.path("custom_id").asText().equals("a") ? "Hello" : "The sea";
            JsonNode direct = served.post(CHATS, chat(asked, 8)).json();
            assertThat(body.path("choices")).isEqualTo(direct.path("choices"));
            answered += body.path("usage").path("completion_tokens").asLong();
        }
        assertThat(done.path("usage").path("output_tokens").asLong()).isEqualTo(answered);
        JsonNode refused =
                Json.read(served.get("/v1/files/" + done.path("error_file_id").asText() + "/content")
                        .text());
        assertThat(refused.path("response").path("status_code").asInt()).isEqualTo(400);
        assertThat(refused.path("response")
                        .path("body")
                        .path("error")
                        .path("param")
                        .asText())
                .isEqualTo("messages");
        JsonNode file = served.get("/v1/files/" + output).json();
        assertThat(file.path("purpose").asText()).isEqualTo("batch_output");
        assertThat(file.path("expires_at").asLong() - file.path("created_at").asLong())
                .isEqualTo(3600);
    }

    @Test
    void batchesAreListedAndCancelled() throws Exception {
        String first = id(served.post("/v1/batches", request(input)));
        String text = line("long", chat("Tell me all", 2000)).repeat(1);
        String second = id(served.post("/v1/batches", request(upload(text))));
        Answer list = served.get("/v1/batches?limit=1");
        Schemas.require("ListBatchesResponse", list.text());
        assertThat(list.json().path("data").get(0).path("id").asText()).isEqualTo(second);
        assertThat(list.json().path("has_more").asBoolean()).isTrue();
        assertThat(served.get("/v1/batches?after=" + second + "&limit=1")
                        .json()
                        .path("first_id")
                        .asText())
                .isEqualTo(first);
        end(first);
        Answer late = served.post("/v1/batches/" + first + "/cancel");
        assertThat(late.status()).isEqualTo(400);
        assertThat(late.error("message")).contains("completed");
        assertThat(served.post("/v1/batches/batch_none/cancel").status()).isEqualTo(404);
        assertThat(served.get("/v1/batches?after=batch_none").status()).isEqualTo(400);
    }

    private static String id(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json().path("id").asText();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "input_file_id|null|input_file_id|missing_required_parameter",
                "input_file_id|\"file-none\"|input_file_id|invalid_input_file_id",
                "endpoint|\"/v1/embeddings\"|endpoint|invalid_value",
                "endpoint|null|endpoint|missing_required_parameter",
                "completion_window|\"1h\"|completion_window|invalid_value",
                "metadata|{\"k\":1}|metadata.k|invalid_type",
                "output_expires_after|{\"anchor\":\"created_at\",\"seconds\":10}|output_expires_after.seconds|integer_below_min_value",
                "output_expires_after|{\"anchor\":\"created_at\"}|output_expires_after.seconds|missing_required_parameter",
                "output_expires_after|{\"anchor\":\"now\",\"seconds\":3600}|output_expires_after.anchor|invalid_value",
                "model|\"tiny\"|model|unknown_parameter",
            })
    void whatIsWrongIsSaidInOpenAisWords(String field, String value, String param, String code) throws IOException {
        Map<String, Object> request = request(input);
        request.put(field, Json.read(value));
        Answer answer = served.post("/v1/batches", request);
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        Schemas.require("ErrorResponse", answer.text());
        assertThat(answer.error("param")).isEqualTo(param);
        assertThat(answer.error("code")).isEqualTo(code);
    }

    @Test
    void anInputMustBeForBatches() throws IOException {
        Answer answer = served.post("/v1/batches", request(served.rows(Served.chats(0, 3))));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error("message")).contains("must have the purpose 'batch'");
    }
}
