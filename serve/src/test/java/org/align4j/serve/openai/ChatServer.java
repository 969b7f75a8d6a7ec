package org.align4j.serve.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.files.Json;
import org.align4j.core.generate.AnswerQueue;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Keys;
import org.align4j.serve.access.TokenLimits;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.door.Answers;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.OpenAiErrors;
import org.align4j.web.Limits;
import org.align4j.web.LocalServer;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;

/** A server of chats alone, on loopback, with a client that speaks plain HTTP. */
final class ChatServer implements AutoCloseable {
    static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo", "model");

    final Shelf shelf;
    final Map<String, Shelf.Tuned> tuned = new ConcurrentHashMap<>();
    private final LocalServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    ChatServer(Map<String, String> models, int waiting) {
        this(models, waiting, new TokenLimits(null, null), false);
    }

    ChatServer(Map<String, String> models, int waiting, TokenLimits limits, boolean strict) {
        EngineOptions engine = new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42);
        AnswerQueue.Limits bounds = new AnswerQueue.Limits(waiting, 16, 256L << 20, Duration.ofSeconds(30));
        shelf = Shelf.open(
                models, new Shelf.Settings(engine, bounds, Duration.ofMinutes(10), 1L << 30), TrainingLog.SILENT);
        ChatRoutes chat = new ChatRoutes(
                new Answers(
                        shelf,
                        (project, name) -> Optional.ofNullable(tuned.get(name)),
                        limits,
                        (project, key, model, tokens) -> {}),
                strict);
        server = LocalServer.start(
                new LocalServer.Listening("127.0.0.1", 0, List.of()), Limits.usual(), List.of(new Part(chat)));
    }

    private record Part(ChatRoutes chat) implements Routes {
        @Override
        public String prefix() {
            return "/v1";
        }

        @Override
        public void mount(RoutesConfig routes) {
            Access anybody = new Access(new Keys(DEMO), true);
            routes.before("/v1/*", anybody::identify);
            chat.mount(routes, "/v1");
        }

        @Override
        public Object refused(Refusal refusal) {
            return OpenAiErrors.document(refusal);
        }
    }

    URI address() {
        return server.address();
    }

    HttpResponse<String> post(String path, Object body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address().resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.text(body)))
                .timeout(Duration.ofMinutes(2))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    JsonNode answer(String path, Map<String, Object> body) throws IOException, InterruptedException {
        HttpResponse<String> response = post(path, body);
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        Schemas.require(
                path.contains("chat") ? "CreateChatCompletionResponse" : "CreateCompletionResponse", response.body());
        return Json.read(response.body());
    }

    JsonNode chat(Map<String, Object> fields) throws IOException, InterruptedException {
        return answer("/v1/chat/completions", body(fields));
    }

    /** The chunks of a stream; its last line must be the mark of the end. */
    List<JsonNode> stream(String path, Map<String, Object> fields) throws IOException, InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>(fields);
        body.put("stream", true);
        HttpResponse<String> response = post(path, body);
        List<JsonNode> chunks = new ArrayList<>();
        List<String> lines =
                response.body().lines().filter(line -> !line.isBlank()).toList();
        if (response.statusCode() != 200 || !lines.get(lines.size() - 1).equals("data: [DONE]")) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        for (String line : lines.subList(0, lines.size() - 1)) {
            chunks.add(read(line));
            if (path.contains("chat")) { // a streamed completion's chunks have a schema that OpenAI's own don't keep
                Schemas.require("CreateChatCompletionStreamResponse", line.substring("data: ".length()));
            }
        }
        return chunks;
    }

    private static JsonNode read(String line) throws JsonProcessingException {
        if (!line.startsWith("data: ")) {
            throw new AssertionError(line);
        }
        return Json.read(line.substring("data: ".length()));
    }

    /** A chat with the demo's model, greedy and short unless the fields say otherwise. */
    static Map<String, Object> body(Map<String, Object> fields) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", "demo");
        body.put("messages", List.of(Map.of("role", "user", "content", "Tell me about the river.")));
        body.put("temperature", 0);
        body.put("max_tokens", 24);
        body.putAll(fields);
        return body;
    }

    @Override
    public void close() {
        server.close();
        shelf.close();
    }
}
