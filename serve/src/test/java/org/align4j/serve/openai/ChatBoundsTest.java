package org.align4j.serve.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.files.Json;
import org.align4j.serve.access.TokenLimits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What one request for a chat or a completion may ask for at most, beside the demo's model of 512 tokens. */
class ChatBoundsTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static final Map<String, String> MODELS = Map.of("demo", ChatServer.DEMO.toString());

    private static ChatServer server;

    @BeforeAll
    static void start() {
        server = new ChatServer(MODELS, 200);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static List<Arguments> tooMuch() {
        return List.of(
                Arguments.of("messages", Collections.nCopies(2049, Map.of("role", "user", "content", "a")), "2048"),
                Arguments.of("logit_bias", biases(301), "300"),
                Arguments.of("stop", Collections.nCopies(100_000, "a"), "4"),
                Arguments.of("stop", "a".repeat(1001), "1000 characters"),
                Arguments.of("temperature", 1e-320, "1.0E-6"),
                Arguments.of("temperature", Double.MIN_VALUE, "1.0E-6"));
    }

    private static Map<String, Integer> biases(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(String::valueOf, id -> 1));
    }

    @ParameterizedTest
    @MethodSource("tooMuch")
    void listsAndNumbersBeyondTheirBoundsAreRefused(String field, Object value, String says) throws Exception {
        HttpResponse<String> response = server.post(CHAT, ChatServer.body(Map.of(field, value)));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = Json.read(response.body()).path("error");
        assertThat(error.path("param").asText()).isEqualTo(field);
        assertThat(error.path("message").asText()).contains(says);
    }

    @Test
    void listsAtTheirBoundsAreTaken() throws Exception {
        server.chat(Map.of("logit_bias", biases(300), "stop", "a".repeat(1000), "max_tokens", 1));
        server.chat(Map.of("temperature", 1e-6, "max_tokens", 1));
    }

    /** What leaves room for one token is answered as ever; one token more, and far more, are refused alike. */
    @Test
    void theLastPlaceOfTheContextIsUsed() throws Exception {
        int words = 500;
        HttpResponse<String> response;
        do {
            words++;
            response = server.post(
                    COMPLETIONS, Map.of("model", "demo", "prompt", "river" + " river".repeat(words), "max_tokens", 1));
        } while (response.statusCode() == 200 && words < 600);
        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode before = server.answer(
                COMPLETIONS, Map.of("model", "demo", "prompt", "river" + " river".repeat(words - 1), "max_tokens", 1));
        assertThat(before.at("/usage/prompt_tokens").asInt()).isEqualTo(511);
        for (int length : new int[] {words, 2 * words, 500_000}) {
            HttpResponse<String> longer =
                    server.post(COMPLETIONS, Map.of("model", "demo", "prompt", "river" + " river".repeat(length)));
            assertThat(longer.statusCode()).isEqualTo(400);
            assertThat(Json.read(longer.body()).at("/error/code").asText()).isEqualTo("context_length_exceeded");
            assertThat(longer.body()).contains("512 tokens");
        }
    }

    /** The number of prompts is looked at before the first is encoded, and a prompt of ids before they are copied. */
    @Test
    void manyPromptsAndLongOnesOfIdsAreRefused() throws Exception {
        HttpResponse<String> many = server.post(
                COMPLETIONS, Map.of("model", "demo", "prompt", Collections.nCopies(129, "river"), "max_tokens", 1));
        assertThat(many.statusCode()).isEqualTo(400);
        assertThat(many.body()).contains("129 answers");
        HttpResponse<String> ids = server.post(
                COMPLETIONS, Map.of("model", "demo", "prompt", Collections.nCopies(200_000, 5), "max_tokens", 1));
        assertThat(ids.statusCode()).isEqualTo(400);
        assertThat(Json.read(ids.body()).at("/error/code").asText()).isEqualTo("context_length_exceeded");
    }

    /** A request that is too long pays for what was read of it; once nothing is left, the next is refused before it is read. */
    @Test
    void tokensOfAMinuteCountBeforeTheWork() throws Exception {
        try (ChatServer limited = new ChatServer(MODELS, 200, new TokenLimits(600, null), false)) {
            Map<String, Object> tooLong = ChatServer.body(
                    Map.of("messages", List.of(Map.of("role", "user", "content", "river ".repeat(50_000)))));
            assertThat(limited.post(CHAT, tooLong).statusCode()).isEqualTo(400);
            HttpResponse<String> paid = limited.post(CHAT, tooLong);
            assertThat(paid.statusCode()).isEqualTo(400);
            HttpResponse<String> refused = limited.post(CHAT, tooLong);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        }
    }
}
