package org.align4j.serve.openai;

import static org.align4j.serve.openai.ChatServer.DEMO;
import static org.align4j.serve.openai.ChatServer.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.align4j.core.files.Json;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.serve.access.TokenLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server owes to clients that leave, that ask for too much, or that read OpenAI's description to the letter. */
@Timeout(120)
class ChatMannersTest {
    private static final Map<String, String> MODELS = Map.of("demo", DEMO.toString());
    private static final String COMPLETIONS = "/v1/completions";

    private static long atWork(ChatServer server) {
        AnswerQueue.Load load = server.shelf.loads().get(0);
        return load.running() + load.waiting();
    }

    private static boolean comes(boolean busy, ChatServer server, Duration within) throws InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        while (System.nanoTime() < end) {
            if (atWork(server) > 0 == busy) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return false;
    }

    @Test
    void answersOfAClientThatLeftAreEnded() throws Exception {
        try (ChatServer server = new ChatServer(MODELS, 20_000)) {
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                clients.add(asking(server, Json.text(body(Map.of("n", 128, "temperature", 2, "max_tokens", 480)))));
            }
            assertThat(comes(true, server, Duration.ofSeconds(20))).isTrue();
            assertThat(comes(false, server, Duration.ofSeconds(3)))
                    .as("all of them take longer")
                    .isFalse();
            for (Socket client : clients) {
                client.close();
            }
            assertThat(comes(false, server, Duration.ofSeconds(8)))
                    .as("nobody is answered any more")
                    .isTrue();
        }
    }

    private static Socket asking(ChatServer server, String body) throws IOException {
        int port = server.address().getPort();
        Socket socket = new Socket("127.0.0.1", port);
        socket.getOutputStream()
                .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:" + port
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body)
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void whoUsedAMinutesTokensComesBackLater() throws Exception {
        try (ChatServer server = new ChatServer(MODELS, 200, new TokenLimits(120, null), false)) {
            HttpResponse<String> first = server.post("/v1/chat/completions", body(Map.of("max_tokens", 60)));
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.headers().firstValue("x-ratelimit-limit-tokens")).hasValue("120");
            HttpResponse<String> last = first;
            for (int i = 0; i < 20 && last.statusCode() == 200; i++) {
                last = server.post("/v1/chat/completions", body(Map.of("max_tokens", 60, "stream", i % 2 == 0)));
            }
            assertThat(last.statusCode()).isEqualTo(429);
            assertThat(Integer.parseInt(last.headers().firstValue("Retry-After").orElse("")))
                    .isBetween(1, 60);
            assertThat(last.headers().firstValue("x-ratelimit-reset-tokens").orElse(""))
                    .matches("[0-9.]+m?s|1m[0-9.]+s");
            Schemas.require("ErrorResponse", last.body());
            JsonNode error = Json.read(last.body()).path("error");
            assertThat(error.path("code").asText()).isEqualTo("rate_limit_exceeded");
            assertThat(error.path("type").asText()).isEqualTo("tokens");
        }
    }

    @Test
    void strictClientsReadStreamedCompletions() throws Exception {
        Map<String, Object> asked = new HashMap<>(Map.of(
                "model",
                "demo",
                "prompt",
                List.of("The river", "A cat"),
                "temperature",
                0,
                "max_tokens",
                12,
                "echo",
                true));
        try (ChatServer strict = new ChatServer(MODELS, 200, new TokenLimits(null, null), true)) {
            JsonNode whole = strict.answer(COMPLETIONS, asked);
            asked.put("stream_options", Map.of("include_usage", true));
            List<JsonNode> chunks = strict.stream(COMPLETIONS, asked);
            assertThat(chunks).hasSize(3);
            for (int i = 0; i < 3; i++) {
                Schemas.require("CreateCompletionResponse", chunks.get(i).toString());
            }
            assertThat(chunks.get(0).at("/choices/0")).isEqualTo(whole.at("/choices/0"));
            assertThat(chunks.get(1).at("/choices/0")).isEqualTo(whole.at("/choices/1"));
            assertThat(chunks.get(2).at("/usage/total_tokens")).isEqualTo(whole.at("/usage/total_tokens"));
        }
    }
}
