package org.align4j.serve.openai;

import static org.align4j.serve.openai.ChatServer.DEMO;
import static org.align4j.serve.openai.ChatServer.body;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.align4j.core.Align4j;
import org.align4j.core.LanguageModel;
import org.align4j.core.Sft;
import org.align4j.core.Sft.Conversations;
import org.align4j.core.files.Json;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.text.Message;
import org.align4j.serve.chat.Shelf;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chats with models that were tuned a moment ago: a LoRA and a DoRA adapter beside their base, and a model of its own. */
class TunedChatTest {
    private static final List<Message> PROMPT = List.of(Message.of("user", "Where is the cat?"));
    private static final Map<String, String> EXPECTED = new LinkedHashMap<>();

    @TempDir
    static Path folder;

    private static ChatServer server;

    @BeforeAll
    static void train() {
        server = new ChatServer(Map.of("demo", DEMO.toString()), 200);
        List<Message> turns = List.of(
                Message.of("user", "Where is the cat?"), Message.of("assistant", "On the red kite with Clara."));
        try (LanguageModel base = open(DEMO)) {
            EXPECTED.put("demo", base.answer(PROMPT, GenerationSettings.greedy(16)));
            Sft lora = Sft.usual()
                    .maxSteps(12)
                    .batchSize(1)
                    .learningRate(3e-3)
                    .option("report", false)
                    .option("samples", 0);
            lora.train(base, Conversations.of(List.of(turns)), folder.resolve("lora"))
                    .close();
            Sft dora = Sft.usual()
                    .maxSteps(8)
                    .batchSize(1)
                    .learningRate(3e-3)
                    .option("report", false)
                    .option("samples", 0)
                    .option("lora-variant", "dora");
            dora.train(base, Conversations.of(List.of(turns)), folder.resolve("dora"))
                    .close();
            Sft full = Sft.usual()
                    .maxSteps(4)
                    .batchSize(1)
                    .learningRate(1e-3)
                    .option("report", false)
                    .option("samples", 0)
                    .option("method", "full");
            full.train(base, Conversations.of(List.of(turns)), folder.resolve("full"))
                    .close();
        }
        for (String name : List.of("lora", "dora", "full")) {
            try (LanguageModel model = open(folder.resolve(name))) {
                EXPECTED.put(name, model.answer(PROMPT, GenerationSettings.greedy(16)));
            }
            Path made = folder.resolve(name).resolve(name.equals("full") ? "model" : "adapter");
            server.tuned.put("ft:demo:local:" + name + ":1", new Shelf.Tuned(DEMO.toString(), made));
        }
    }

    private static LanguageModel open(Path path) {
        return Align4j.model(path).device("cpu").dtype("fp32").threads(1).open();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void eachModelAnswersItsOwnWayInAnyCompany() throws Exception {
        assertThat(EXPECTED.values()).doesNotHaveDuplicates();
        List<CompletableFuture<Void>> all = new java.util.ArrayList<>();
        for (int round = 0; round < 6; round++) {
            for (String name : EXPECTED.keySet()) {
                all.add(CompletableFuture.runAsync(() -> {
                    try {
                        String model = name.equals("demo") ? name : "ft:demo:local:" + name + ":1";
                        String text = server.chat(Map.of("model", model, "messages", messages(), "max_tokens", 16))
                                .at("/choices/0/message/content")
                                .asText();
                        assertThat(text).as(name).isEqualTo(EXPECTED.get(name));
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                }));
            }
        }
        for (CompletableFuture<Void> each : all) {
            each.get();
        }
        assertThat(server.shelf.tuned()).isEqualTo(3);
    }

    @Test
    void anUnreadableModelIsToldAndForgotten() throws Exception {
        server.tuned.put(
                "ft:demo:local:gone:1",
                new Shelf.Tuned(DEMO.toString(), Files.createDirectory(folder.resolve("empty"))));
        int before = server.shelf.tuned();
        HttpResponse<String> response =
                server.post("/v1/chat/completions", body(Map.of("model", "ft:demo:local:gone:1")));
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(server.shelf.tuned()).isEqualTo(before);
    }

    @Test
    void aClientThatLeavesEndsItsAnswer() throws Exception {
        Map<String, Object> body =
                new LinkedHashMap<>(body(Map.of("stream", true, "n", 8, "temperature", 2, "max_tokens", 400)));
        HttpRequest request = HttpRequest.newBuilder(server.address().resolve("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.text(body)))
                .build();
        HttpResponse<InputStream> response =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream in = response.body()) {
            assertThat(in.readNBytes(200)).hasSize(200);
        }
        long until = System.nanoTime() + 30_000_000_000L;
        while (busy() > 0 && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(busy()).isZero();
    }

    private static int busy() {
        return server.shelf.loads().stream()
                .mapToInt(load -> load.running() + load.waiting())
                .sum();
    }

    private static List<Map<String, String>> messages() {
        return List.of(Map.of("role", "user", "content", "Where is the cat?"));
    }
}
