package org.align4j.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.core.machine.DeviceChoice;
import org.align4j.core.machine.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.web.Limits;
import org.jspecify.annotations.Nullable;

/** A whole server on a port of its own with the demo's model under the name {@code tiny}, and a client that speaks plain HTTP to it. */
public final class Served implements AutoCloseable {
    /** The demo's folder. */
    public static final Path DEMO = Path.of(System.getProperty("align4j.root"), "data", "demo");

    private final Server server;
    private final HttpClient client = HttpClient.newHttpClient();
    private @Nullable String key;

    private Served(Server server) {
        this.server = server;
    }

    /** What a test sets otherwise than usual. */
    public record Setting(
            @Nullable Long quota,
            int maxQueue,
            boolean strict,
            Limits limits,
            List<String> allowAddress,
            @Nullable Path webhooks) {
        /** No quota, a long queue, usual limits. */
        public static final Setting USUAL = new Setting(null, 10_000, false, Limits.usual());

        /** Sends to nobody. */
        public Setting(@Nullable Long quota, int maxQueue, boolean strict, Limits limits) {
            this(quota, maxQueue, strict, limits, List.of(), null);
        }

        /** Returns this setting with a file of webhooks. */
        public Setting telling(Path file) {
            return new Setting(quota, maxQueue, strict, limits, allowAddress, file);
        }

        /** Returns this setting with addresses that graders and webhooks may be sent to. */
        public Setting allowing(String... addresses) {
            return new Setting(quota, maxQueue, strict, limits, List.of(addresses), webhooks);
        }
    }

    /** Starts a server in a folder. */
    public static Served start(Path folder) {
        return start(folder, Setting.USUAL);
    }

    /** Starts a server in a folder with settings of its own. */
    public static Served start(Path folder, Setting setting) {
        ServeOptions options = new ServeOptions(
                folder,
                Map.of("tiny", DEMO.resolve("model").toString()),
                new ServeOptions.ListeningOptions("127.0.0.1", 0),
                1,
                new ServeOptions.LimitOptions(setting.quota(), setting.maxQueue(), null, null),
                new ServeOptions.AddressOptions(List.of(), setting.allowAddress(), setting.webhooks()),
                setting.strict(),
                600,
                new EngineOptions(DeviceChoice.parse("cpu"), DtypeChoice.FP32, 1, 42));
        return new Served(Server.start(options, setting.limits(), TrainingLog.SILENT));
    }

    /** Returns the server's address, without {@code /v1}. */
    public URI address() {
        return server.address();
    }

    /** Sends this key from now on; null for none. */
    public Served as(@Nullable String secret) {
        key = secret;
        return this;
    }

    /** An answer: its status, its document, its headers. */
    public record Answer(int status, String text, HttpResponse<String> response) {
        /** Returns the answer's document. */
        public JsonNode json() {
            try {
                return Json.read(text);
            } catch (JsonProcessingException e) {
                throw new AssertionError(status + " " + text, e);
            }
        }

        /** Returns a field of the answer's error. */
        public String error(String field) {
            return json().path("error").path(field).asText();
        }
    }

    /** Sends a request. */
    public Answer send(String method, String path, BodyPublisher body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address().resolve(path))
                .timeout(Duration.ofMinutes(1))
                .method(method, body);
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new AssertionError(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Asks for a path. */
    public Answer get(String path) {
        return send("GET", path, BodyPublishers.noBody());
    }

    /** Deletes what is at a path. */
    public Answer delete(String path) {
        return send("DELETE", path, BodyPublishers.noBody());
    }

    /** Posts nothing to a path. */
    public Answer post(String path) {
        return send("POST", path, BodyPublishers.noBody());
    }

    /** Posts a document. */
    public Answer post(String path, Object document, String... headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "Content-Type";
        all[1] = "application/json";
        System.arraycopy(headers, 0, all, 2, headers.length);
        return send("POST", path, BodyPublishers.ofString(Json.text(document)), all);
    }

    /** Uploads a file; fields are names and values in turn. */
    public Answer upload(String name, byte[] content, String... fields) {
        return form("/v1/files", "file", name, content, fields);
    }

    /** Posts a form with a file. */
    public Answer form(String path, String field, String name, byte[] content, String... fields) {
        StringBuilder head = new StringBuilder();
        for (int i = 0; i < fields.length; i += 2) {
            head.append("--b7\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n" + fields[i + 1]
                    + "\r\n");
        }
        head.append("--b7\r\nContent-Disposition: form-data; name=\"" + field + "\"; filename=\"" + name
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        return send(
                "POST",
                path,
                BodyPublishers.concat(
                        BodyPublishers.ofString(head.toString()),
                        BodyPublishers.ofByteArray(content),
                        BodyPublishers.ofString("\r\n--b7--\r\n")),
                "Content-Type",
                "multipart/form-data; boundary=b7");
    }

    /** Uploads rows to train on and returns the file's id. */
    public String rows(String text) {
        Answer answer = upload("rows.jsonl", text.getBytes(StandardCharsets.UTF_8), "purpose", "fine-tune");
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + " " + answer.text());
        }
        return answer.json().path("id").asText();
    }

    /** Returns some of the demo's pairs as OpenAI writes them. */
    public static String pairs(int from, int count) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line : lines("train.jsonl", from, count)) {
            JsonNode row = Json.read(line);
            text.append(Json.text(Map.of(
                            "input", Map.of("messages", row.path("prompt")),
                            "preferred_output", row.path("chosen"),
                            "non_preferred_output", row.path("rejected"))))
                    .append('\n');
        }
        return text.toString();
    }

    /** Returns some of the demo's conversations. */
    public static String chats(int from, int count) throws IOException {
        return String.join("\n", lines("chats.jsonl", from, count)) + "\n";
    }

    private static List<String> lines(String file, int from, int count) throws IOException {
        try (var lines = Files.lines(DEMO.resolve(file))) {
            return lines.skip(from).limit(count).toList();
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
