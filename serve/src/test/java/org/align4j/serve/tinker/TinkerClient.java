package org.align4j.serve.tinker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.align4j.core.files.Json;
import org.align4j.core.web.ProtoWriter;
import org.jspecify.annotations.Nullable;

/** A client of Tinker's wire as its SDK is one: bodies in Protocol Buffers, promises, and calls that are repeated where a server went away. */
final class TinkerClient {
    static final Map<String, Object> LORA = Map.of("rank", 4, "seed", 7, "train_unembed", false);

    private final Supplier<URI> address;
    private final String key;
    /** The statuses that any client met. */
    static final Set<Integer> STATUSES = ConcurrentHashMap.newKeySet();

    private final HttpClient client = HttpClient.newHttpClient();
    private final String session;
    private int models;
    private int samplers;

    /** Opens a session at an address, which may change. */
    TinkerClient(Supplier<URI> address, String key) {
        this.address = address;
        this.key = key;
        this.session = ok("create_session", Map.of("tags", List.of(), "sdk_version", "0.38.0"))
                .path("session_id")
                .asText();
    }

    TinkerClient(URI address) {
        this(() -> address, "tml-any");
    }

    /** An answer of the server. */
    record Answer(int status, byte[] body) {
        JsonNode json() {
            try {
                return Json.read(new String(body, StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new AssertionError(status + " isn't JSON", e);
            }
        }
    }

    String session() {
        return session;
    }

    /** Sends a request once. */
    Answer send(String method, String path, byte[] body, String... headers) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.get().resolve("/api/v1/" + path))
                .timeout(Duration.ofMinutes(2))
                .header("X-API-Key", key)
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            STATUSES.add(answer.statusCode());
            return new Answer(answer.statusCode(), answer.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Sends JSON; repeats it where the server is away, as the SDK does. */
    Answer post(String path, Object body) {
        return repeated(() -> send("POST", path, Json.bytes(body), "Content-Type", "application/json"));
    }

    Answer get(String path) {
        return repeated(() -> send("GET", path, new byte[0]));
    }

    private interface Sending {
        Answer send() throws IOException;
    }

    private static Answer repeated(Sending sending) {
        long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (true) {
            try {
                Answer answer = sending.send();
                if (answer.status != 503 && answer.status != 408) {
                    return answer;
                }
            } catch (IOException away) {
                assertThat(System.nanoTime())
                        .as("the server stays away: " + away)
                        .isLessThan(until);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Sends JSON that must be granted. */
    JsonNode ok(String path, Object body) {
        Answer answer = post(path, body);
        assertThat(answer.status)
                .as(path + " " + new String(answer.body, StandardCharsets.UTF_8))
                .isEqualTo(200);
        return answer.json();
    }

    /** Fetches a promise. */
    Answer fetch(String promise, boolean message) {
        return repeated(() -> send(
                "POST",
                "retrieve_future",
                Json.bytes(Map.of("request_id", promise, "allow_metadata_only", true)),
                "Content-Type",
                "application/json",
                "Accept",
                message ? "application/x-protobuf" : "application/json"));
    }

    /** Fetches a promise that must be kept. */
    JsonNode kept(JsonNode promise) {
        Answer answer = fetch(promise.path("request_id").asText(), false);
        assertThat(answer.status).isEqualTo(200);
        assertThat(answer.json().has("error")).as(answer.json().toString()).isFalse();
        return answer.json();
    }

    /** Makes a model on a base. */
    Model model(String base, Map<String, Object> lora) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("session_id", session);
        body.put("model_seq_id", models++);
        body.put("base_model", base);
        body.put("lora_config", lora);
        body.put("optimizer_config", Map.of("type", "adamw"));
        return new Model(kept(ok("create_model", body)).path("model_id").asText());
    }

    /** Makes a model of saved weights. */
    Model from(String path, boolean optimizer) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("session_id", session);
        body.put("model_seq_id", models++);
        body.put("path", path);
        body.put("optimizer", optimizer);
        return new Model(kept(ok("load_weights", body)).path("model_id").asText());
    }

    /** Makes a sampler of saved weights. */
    String sampler(String field, String name) {
        return ok(
                        "create_sampling_session",
                        Map.of("session_id", session, "sampling_session_seq_id", 100 + samplers++, field, name))
                .path("sampling_session_id")
                .asText();
    }

    /** A model with the number of its next call. */
    final class Model {
        final String id;
        private long next = 1;

        Model(String id) {
            this.id = id;
        }

        long next() {
            return next++;
        }

        /** Submits a forward; the promise. */
        Answer forward(long number, byte[] body) {
            return repeated(() -> send("POST", "forward_backward", body, "Content-Type", "application/x-protobuf"));
        }

        /** Submits a forward that must be taken. */
        String forward(Body body) {
            Answer answer = forward(body.number, body.bytes());
            assertThat(answer.status)
                    .as(new String(answer.body, StandardCharsets.UTF_8))
                    .isEqualTo(200);
            return answer.json().path("request_id").asText();
        }

        /** Submits a call in JSON; the promise. */
        Answer call(String path, long number, Map<String, Object> fields) {
            Map<String, Object> body = new LinkedHashMap<>(fields);
            body.put("model_id", id);
            body.put("seq_id", number);
            return post(path, body);
        }

        /** Makes a call in JSON to its end. */
        JsonNode made(String path, Map<String, Object> fields) {
            Answer answer = call(path, next(), fields);
            assertThat(answer.status)
                    .as(new String(answer.body, StandardCharsets.UTF_8))
                    .isEqualTo(200);
            return kept(answer.json());
        }

        JsonNode step(double rate) {
            return made("optim_step", Map.of("adam_params", Map.of("learning_rate", rate)));
        }

        /** The answer of a forward with weights 1, with a backward or without. */
        byte[] forward(boolean learns, int... tokens) {
            String promise = forward(Body.of(id, next(), learns, tokens));
            Answer answer = fetch(promise, true);
            assertThat(answer.status).isEqualTo(200);
            return answer.body;
        }
    }

    /** A body of forward_backward that is being written. */
    static final class Body {
        final long number;
        private final ProtoWriter out = new ProtoWriter();

        Body(String model, long number, String loss) {
            this.number = number;
            out.text(1, model).whole(2, number).text(4, loss);
        }

        /** Cross-entropy with weights 1 over a text. */
        static Body of(String model, long number, boolean learns, int... tokens) {
            int[] input = Arrays.copyOf(tokens, tokens.length - 1);
            long[] targets = new long[input.length];
            float[] ones = new float[input.length];
            for (int t = 0; t < targets.length; t++) {
                targets[t] = tokens[t + 1];
                ones[t] = 1;
            }
            Body body = new Body(model, number, "cross_entropy")
                    .datum(
                            input,
                            Map.of(
                                    "target_tokens",
                                    tensor(2, ProtoWriter.raw(targets), targets.length),
                                    "weights",
                                    floats(ones)));
            return learns ? body : body.forwardOnly();
        }

        Body datum(int[] tokens, Map<String, ProtoWriter> inputs) {
            ProtoWriter datum = new ProtoWriter()
                    .message(1, new ProtoWriter().message(1, new ProtoWriter().bytes(1, ProtoWriter.raw(tokens))));
            inputs.forEach((name, tensor) ->
                    datum.message(2, new ProtoWriter().text(1, name).message(2, tensor)));
            out.message(3, datum);
            return this;
        }

        Body setting(String name, double value) {
            out.message(5, new ProtoWriter().text(1, name).number(2, value));
            out.message(7, new ProtoWriter().text(1, name).message(2, new ProtoWriter().number(1, value)));
            return this;
        }

        Body forwardOnly() {
            out.whole(6, 1);
            return this;
        }

        byte[] bytes() {
            return out.done();
        }

        static ProtoWriter floats(float... values) {
            return tensor(1, ProtoWriter.raw(values), values.length);
        }

        static ProtoWriter tensor(int dtype, byte[] raw, int... shape) {
            ProtoWriter tensor = new ProtoWriter().bytes(1, raw).whole(3, dtype);
            for (int side : shape) {
                tensor.whole(4, side);
            }
            return tensor;
        }
    }

    /** Reads the log-probabilities of a forward's answer. */
    static List<Float> logProbs(byte[] message) {
        ByteBuffer all = ByteBuffer.allocate(0);
        ProtoReader reader = ProtoReader.of(message);
        while (reader.next()) {
            if (reader.field() != 2) {
                reader.skip();
                continue;
            }
            ProtoReader record = reader.message();
            while (record.next()) {
                if (record.field() != 2) {
                    record.skip();
                    continue;
                }
                ProtoReader entry = record.message();
                while (entry.next()) {
                    if (entry.field() != 2) {
                        entry.skip();
                        continue;
                    }
                    ProtoReader tensor = entry.message();
                    while (tensor.next()) {
                        if (tensor.field() == 1) {
                            all = tensor.bytes();
                        } else {
                            tensor.skip();
                        }
                    }
                }
            }
        }
        List<Float> values = new ArrayList<>();
        ByteBuffer raw = all.order(ByteOrder.LITTLE_ENDIAN);
        while (raw.remaining() >= Float.BYTES) {
            values.add(raw.getFloat());
        }
        return values;
    }

    /** Reads the metrics of a forward's answer. */
    static Map<String, Double> metrics(byte[] message) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        ProtoReader reader = ProtoReader.of(message);
        while (reader.next()) {
            if (reader.field() != 3) {
                reader.skip();
                continue;
            }
            ProtoReader entry = reader.message();
            String name = "";
            while (entry.next()) {
                if (entry.field() == 1) {
                    name = entry.text();
                } else {
                    metrics.put(name, entry.number());
                }
            }
        }
        return metrics;
    }

    static @Nullable String error(Answer answer) {
        return answer.json().path("error").asText(null);
    }
}
