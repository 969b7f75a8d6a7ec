package org.align4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.align4j.core.cli.train.ChildAlign;
import org.align4j.core.files.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole server with a heap of {@value #HEAP}, in a process of its own: 200 requests that each want more than it has, eight at a time, then a chat
 * and a job that work.
 */
class HostileTest {
    private static final String HEAP = "96m";
    private static final int REQUESTS = 200;
    private static final int AT_ONCE = 8;
    private static final String CHAT = "/v1/chat/completions";

    @TempDir
    Path folder;

    private final HttpClient client = HttpClient.newHttpClient();
    private URI address = URI.create("http://127.0.0.1/");

    /** The server's process. */
    static final class Child {
        public static void main(String[] arguments) throws InterruptedException {
            org.align4j.web.ServerThreads.watchAll();
            Served served = Served.start(Path.of(arguments[0]));
            Thread.sleep(TimeUnit.MINUTES.toMillis(3));
            served.close();
        }
    }

    private Process start() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + HEAP,
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dai.djl.pytorch.graph_optimizer=false",
                        "-Dalign4j.root=" + System.getProperty("align4j.root"),
                        "-cp",
                        ChildAlign.classPath(),
                        Child.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile())
                .start();
        Path said = folder.resolve(Server.FILE);
        long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!Files.exists(said)) {
            assertThat(process.isAlive() && System.nanoTime() < until).as(log()).isTrue();
            TimeUnit.MILLISECONDS.sleep(20);
        }
        address = URI.create(Json.read(said).path("url").asText());
        return process;
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("server.log"));
    }

    private HttpResponse<String> send(String path, byte[] body, String type) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve(path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode post(String path, Object document) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(path, Json.bytes(document), "application/json");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.read(answer.body());
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address.resolve(path)).build();
        return Json.read(
                client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private static Map<String, Object> chat(Object content) {
        return Map.of(
                "model", "tiny", "max_tokens", 4, "messages", List.of(Map.of("role", "user", "content", content)));
    }

    private static byte[] form(String purpose, String rows) {
        return ("--b7\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose
                        + "\r\n--b7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.jsonl\"\r\n\r\n"
                        + rows + "\r\n--b7--\r\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    private HttpResponse<String> upload(String purpose, String rows) throws IOException, InterruptedException {
        return send("/v1/files", form(purpose, rows), "multipart/form-data; boundary=b7");
    }

    /** A request that wants more than the server has; {@code leaves} closes its connection before the end. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Hostile(String path, byte[] body, String type, boolean leaves) {
        static Hostile json(String path, Object document) {
            return new Hostile(path, Json.bytes(document), "application/json", false);
        }

        static Hostile text(String body) {
            return new Hostile(CHAT, body.getBytes(StandardCharsets.UTF_8), "application/json", false);
        }

        static Hostile rows(String purpose, String rows) {
            return new Hostile("/v1/files", form(purpose, rows), "multipart/form-data; boundary=b7", false);
        }

        Hostile leaving() {
            return new Hostile(path, body, type, true);
        }
    }

    private static Map<String, Object> chat(Map<String, Object> fields) {
        Map<String, Object> chat = new LinkedHashMap<>(chat("hi"));
        chat.putAll(fields);
        return chat;
    }

    private static final List<Hostile> KINDS = List.of(
            Hostile.json(CHAT, chat("Once upon a time ".repeat(90_000))),
            Hostile.json(CHAT, chat("a".repeat(1_500_000))),
            Hostile.json(CHAT, chat("<|im_end|>".repeat(120_000))),
            Hostile.json(CHAT, chat("中é\u0301 ".repeat(200_000))),
            Hostile.text("[" + "[],".repeat(700_000) + "1]"),
            Hostile.text("[".repeat(100_000)),
            Hostile.json(
                    CHAT,
                    chat(Map.of(
                            "logit_bias",
                            IntStream.range(0, 50_000).boxed().collect(Collectors.toMap(String::valueOf, id -> 1))))),
            Hostile.json(
                    CHAT,
                    chat(Map.of("messages", Collections.nCopies(40_000, Map.of("role", "user", "content", "a"))))),
            Hostile.json(CHAT, chat(Map.of("stop", Collections.nCopies(100_000, "a")))),
            Hostile.json("/v1/completions", Map.of("model", "tiny", "prompt", Collections.nCopies(300_000, 7))),
            Hostile.json("/v1/completions", Map.of("model", "tiny", "prompt", List.of("the river ".repeat(150_000)))),
            Hostile.rows("fine-tune", "{\"messages\": [" + "[],".repeat(300_000) + "1]}"),
            Hostile.rows("batch", "{\"custom_id\": \"" + "a".repeat(1_500_000) + "\"}"),
            Hostile.json(
                    "/v1/fine_tuning/alpha/graders/run",
                    Map.of(
                            "grader",
                            Map.of(
                                    "type", "text_similarity",
                                    "name", "close",
                                    "input", "{{sample.output_text}}",
                                    "reference", "{{item.answer}}",
                                    "evaluation_metric", "fuzzy_match"),
                            "model_sample",
                            "word ".repeat(150_000),
                            "item",
                            Map.of("answer", "other ".repeat(150_000)))),
            Hostile.json(CHAT, chat("the river ".repeat(150_000))).leaving());

    /** Sends a request; returns the status, 0 where the server closed the connection, -1 where the client did. */
    private int status(Hostile hostile) throws InterruptedException {
        try {
            return hostile.leaves
                    ? leave(hostile.body)
                    : send(hostile.path, hostile.body, hostile.type).statusCode();
        } catch (IOException closed) {
            return 0;
        }
    }

    /** Sends all but the end of a body, and closes the connection. */
    private int leave(byte[] body) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
            socket.getOutputStream()
                    .write(("POST " + CHAT + " HTTP/1.1\r\nHost: 127.0.0.1:" + address.getPort()
                                    + "\r\nContent-Type: application/json\r\nContent-Length: " + (body.length + 1)
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
        }
        return -1;
    }

    @Test
    void twoHundredHostileRequestsThenAChatAndAJob() throws Exception {
        Process server = start();
        ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE);
        try {
            List<Future<Integer>> sent = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                Hostile next = KINDS.get(i % KINDS.size());
                sent.add(clients.submit(() -> status(next)));
            }
            Map<Integer, Integer> statuses = new TreeMap<>();
            for (Future<Integer> each : sent) {
                statuses.merge(each.get(), 1, Integer::sum);
            }
            assertThat(server.isAlive()).as(statuses + log()).isTrue();
            assertThat(statuses.keySet()).as(log()).isSubsetOf(-1, 0, 200, 400, 413, 429, 503);
            assertThat(log()).doesNotContain("OutOfMemoryError", "panicked");
            assertThat(post(CHAT, chat("Tell me about the river."))
                            .at("/usage/completion_tokens")
                            .asInt())
                    .isPositive();
            train();
            System.out.println("Hostile requests by status: " + statuses);
        } finally {
            clients.shutdownNow();
            server.descendants().forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly().waitFor();
        }
    }

    private void train() throws IOException, InterruptedException {
        String file = Json.read(upload("fine-tune", Served.chats(0, 10)).body())
                .path("id")
                .asText();
        String job = post(
                        "/v1/fine_tuning/jobs",
                        Map.of("model", "tiny", "training_file", file, "hyperparameters", Map.of("n_epochs", 1)))
                .path("id")
                .asText();
        long until = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        JsonNode now = get("/v1/fine_tuning/jobs/" + job);
        while (!List.of("succeeded", "failed", "cancelled")
                .contains(now.path("status").asText())) {
            assertThat(System.nanoTime()).as(now + log()).isLessThan(until);
            TimeUnit.MILLISECONDS.sleep(50);
            now = get("/v1/fine_tuning/jobs/" + job);
        }
        assertThat(now.path("status").asText()).as(now + log()).isEqualTo("succeeded");
    }
}
