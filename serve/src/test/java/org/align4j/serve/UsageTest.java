package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each key used, as its project's page and the server's figures tell it, over a restart. */
class UsageTest {
    private static final String CHATS = "/v1/chat/completions";

    @TempDir
    Path folder;

    private static Map<String, Object> chat(boolean stream) {
        return Map.of(
                "model",
                "tiny",
                "messages",
                List.of(Map.of("role", "user", "content", "Hello")),
                "max_tokens",
                5,
                "temperature",
                0,
                "stream",
                stream);
    }

    @Test
    void requestsAndTokensAreCountedByKey() throws Exception {
        Keys keys = new Keys(folder);
        String ann = keys.create("ann", "sea", Set.of(Scope.READ, Scope.TRAIN)).secret();
        String bob = keys.create("bob", "sea", Set.of(Scope.READ)).secret();
        String admin =
                keys.create("root", "land", Set.of(Scope.READ, Scope.ADMIN)).secret();
        long asked;
        long made;
        try (Served served = Served.start(folder)) {
            JsonNode usage = served.as(ann).post(CHATS, chat(false)).json().path("usage");
            asked = usage.path("prompt_tokens").asLong();
            made = usage.path("completion_tokens").asLong();
            assertThat(served.post(CHATS, chat(true)).status()).isEqualTo(200);
            assertThat(served.as(bob).post(CHATS, chat(false)).status()).isEqualTo(200);
            assertThat(served.post(CHATS, Map.of("model", "none", "messages", List.of()))
                            .status())
                    .isEqualTo(404);
            served.as(ann);
            String line = Json.text(Map.of(
                    "custom_id",
                    "a",
                    "method",
                    "POST",
                    "url",
                    CHATS,
                    "body",
                    Map.of(
                            "model",
                            "tiny",
                            "max_tokens",
                            5,
                            "temperature",
                            0,
                            "messages",
                            chat(false).get("messages"))));
            String file = served.upload("in.jsonl", line.getBytes(StandardCharsets.UTF_8), "purpose", "batch")
                    .json()
                    .path("id")
                    .asText();
            String batch = served.post(
                            "/v1/batches", Map.of("input_file_id", file, "endpoint", CHATS, "completion_window", "24h"))
                    .json()
                    .path("id")
                    .asText();
            for (int look = 0;
                    look < 600
                            && !served.get("/v1/batches/" + batch)
                                    .json()
                                    .path("status")
                                    .asText()
                                    .equals("completed");
                    look++) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        try (Served served = Served.start(folder)) {
            JsonNode days = served.as(bob).get("/ui/api/usage").json().path("days");
            assertThat(days).hasSize(2);
            assertThat(days.get(0).path("key").asText()).isEqualTo("ann");
            assertThat(days.get(0).path("requests").asLong()).isEqualTo(3);
            assertThat(days.get(0).path("prompt_tokens").asLong()).isEqualTo(3 * asked);
            assertThat(days.get(0).path("completion_tokens").asLong()).isEqualTo(3 * made);
            assertThat(days.get(1).path("key").asText()).isEqualTo("bob");
            assertThat(served.as(admin).get("/ui/api/usage").json().path("days"))
                    .isEmpty();
            assertThat(served.get("/metrics").text())
                    .contains("align4j_usage_requests_total{project=\"sea\",key=\"ann\",model=\"tiny\"} 3")
                    .contains(
                            "align4j_usage_tokens_total{project=\"sea\",key=\"bob\",model=\"tiny\",kind=\"completion\"} "
                                    + made);
        }
    }
}
