package org.align4j.desk.track;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.align4j.core.files.Json;
import org.jspecify.annotations.Nullable;

/**
 * A server with MLflow's calls and limits, written from its documentation and mlflow/utils/validation.py. Unlike the real one with a database it keeps a
 * value that comes twice twice, so that a test sees it.
 */
final class FakeMlflow implements AutoCloseable {
    static final int MOST_BYTES = 1_000_000;
    private static final String API = "/api/2.0/mlflow/";
    private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";

    final Map<String, String> experiments = new TreeMap<>();
    final Map<String, FakeRun> runs = new LinkedHashMap<>();
    final Map<String, byte[]> artifacts = new TreeMap<>();
    final List<String> calls = new ArrayList<>();
    final List<String> authorizations = new ArrayList<>();

    /** What befalls the next calls: null for nothing. */
    private @Nullable Trouble trouble;

    private final HttpServer server;

    /** What a call meets. */
    interface Trouble {
        /** Returns the mishap of a call, or null for none. */
        @Nullable
        Mishap of(String call);
    }

    /** What goes wrong with a call. */
    enum Mishap {
        /** The server answers 500 and does nothing. */
        REFUSED,
        /** Half of the batch is written, and the answer is 500. */
        HALF,
        /** All of it is written, and the answer is lost. */
        UNANSWERED,
        /** The answer never comes, and nothing is done. */
        SILENT
    }

    /** A run at the server. */
    static final class FakeRun {
        final String id;
        final String experiment;
        final Map<String, String> params = new TreeMap<>();
        final Map<String, String> tags = new TreeMap<>();
        final List<MlflowServer.Point> metrics = new ArrayList<>();
        String status = "RUNNING";

        FakeRun(String id, String experiment) {
            this.id = id;
            this.experiment = experiment;
        }

        List<MlflowServer.Point> of(String key) {
            return metrics.stream().filter(point -> point.key().equals(key)).toList();
        }
    }

    private static final class Wrong extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int status;
        private final String code;

        Wrong(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    FakeMlflow() throws IOException {
        this(0);
    }

    FakeMlflow(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::answer);
        server.start();
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    synchronized void meets(@Nullable Trouble next) {
        trouble = next;
    }

    /** Lets the next so many calls of a kind go wrong. */
    void meets(Mishap mishap, String kind, int times) {
        AtomicInteger left = new AtomicInteger(times);
        meets(call -> call.contains(kind) && left.getAndDecrement() > 0 ? mishap : null);
    }

    FakeRun only() {
        if (runs.size() != 1) {
            throw new AssertionError(runs.size() + " runs");
        }
        return runs.values().iterator().next();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String call = exchange.getRequestURI().getPath();
            Mishap mishap;
            synchronized (this) {
                calls.add(call);
                authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                mishap = trouble == null ? null : trouble.of(call);
            }
            if (mishap == Mishap.SILENT) {
                Thread.sleep(60_000);
            }
            if (mishap == Mishap.REFUSED) {
                respond(exchange, 500, "{}");
                return;
            }
            try {
                String text = Json.text(taken(exchange, call, body, mishap == Mishap.HALF));
                respond(exchange, mishap == null ? 200 : 500, mishap == null ? text : "{}");
            } catch (Wrong wrong) {
                respond(
                        exchange,
                        wrong.status,
                        Json.text(Map.of("error_code", wrong.code, "message", String.valueOf(wrong.getMessage()))));
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private static void respond(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private synchronized Object taken(HttpExchange exchange, String call, byte[] body, boolean half)
            throws IOException {
        if (call.startsWith(ARTIFACTS)) {
            artifacts.put(call.substring(ARTIFACTS.length()), body);
            return Map.of();
        }
        Map<String, String> query = query(exchange.getRequestURI());
        JsonNode asked = body.length == 0 ? Json.object() : Json.read(new String(body, StandardCharsets.UTF_8));
        return switch (call.substring(API.length())) {
            case "experiments/get-by-name" ->
                Map.of("experiment", experiment(query.getOrDefault("experiment_name", "")));
            case "experiments/create" -> create(asked.path("name").asText());
            case "runs/search" -> search(asked);
            case "runs/create" -> Map.of("run", Map.of("info", createRun(asked)));
            case "runs/update" -> update(asked);
            case "runs/log-batch" -> log(asked, body.length, half);
            case "metrics/get-history" -> history(query);
            default -> throw new Wrong(404, "ENDPOINT_NOT_FOUND", call);
        };
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> query = new HashMap<>();
        for (String pair : String.valueOf(uri.getRawQuery()).split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                query.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    private Map<String, String> experiment(String name) {
        String id = experiments.get(name);
        if (id == null) {
            throw new Wrong(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + name);
        }
        return Map.of("experiment_id", id, "lifecycle_stage", "active");
    }

    private Map<String, String> create(String name) {
        if (experiments.containsKey(name)) {
            throw new Wrong(400, "RESOURCE_ALREADY_EXISTS", name);
        }
        experiments.put(name, Integer.toString(experiments.size() + 1));
        return experiment(name);
    }

    private Map<String, Object> search(JsonNode asked) {
        String filter = asked.path("filter").asText();
        String tag = filter.replaceAll("tags\\.`([^`]*)` = '.*'", "$1");
        String value = filter.replaceAll(".* = '(.*)'", "$1");
        return Map.of(
                "runs",
                runs.values().stream()
                        .filter(run -> value.equals(run.tags.get(tag)))
                        .map(run -> Map.of("info", info(run)))
                        .toList());
    }

    private Map<String, String> createRun(JsonNode asked) {
        FakeRun run =
                new FakeRun("run-" + runs.size(), asked.path("experiment_id").asText());
        runs.put(run.id, run);
        asked.path("tags")
                .forEach(tag ->
                        run.tags.put(tag.path("key").asText(), tag.path("value").asText()));
        run.tags.put("mlflow.runName", asked.path("run_name").asText());
        return info(run);
    }

    private static Map<String, String> info(FakeRun run) {
        return Map.of(
                "run_id", run.id, "artifact_uri", "mlflow-artifacts:/" + run.experiment + "/" + run.id + "/artifacts");
    }

    private FakeRun run(JsonNode asked) {
        FakeRun run = runs.get(asked.path("run_id").asText());
        if (run == null) {
            throw new Wrong(404, "RESOURCE_DOES_NOT_EXIST", "no run");
        }
        return run;
    }

    private Map<String, Object> update(JsonNode asked) {
        run(asked).status = asked.path("status").asText();
        return Map.of();
    }

    private Map<String, Object> log(JsonNode asked, int bytes, boolean half) {
        FakeRun run = run(asked);
        JsonNode metrics = asked.path("metrics");
        JsonNode params = asked.path("params");
        JsonNode tags = asked.path("tags");
        limit("bytes", bytes, MOST_BYTES);
        limit("metrics", metrics.size(), 1000);
        limit("params", params.size(), 100);
        limit("tags", tags.size(), 100);
        limit("entities", metrics.size() + params.size() + tags.size(), 1000);
        for (JsonNode param : params) {
            String value = text(param, 6000);
            String before = run.params.putIfAbsent(name(param), value);
            if (before != null && !before.equals(value)) {
                throw new Wrong(400, "INVALID_PARAMETER_VALUE", "param " + name(param) + " is " + before);
            }
        }
        int written = 0;
        for (JsonNode metric : metrics) {
            if (half && ++written > metrics.size() / 2) {
                break;
            }
            run.metrics.add(new MlflowServer.Point(
                    name(metric),
                    Double.parseDouble(metric.path("value").asText()),
                    metric.path("timestamp").asLong(),
                    metric.path("step").asLong()));
        }
        tags.forEach(tag -> run.tags.put(name(tag), text(tag, 5000)));
        return Map.of();
    }

    private static void limit(String what, int count, int most) {
        if (count > most) {
            throw new Wrong(400, "INVALID_PARAMETER_VALUE", count + " " + what);
        }
    }

    private static String name(JsonNode entity) {
        String name = entity.path("key").asText();
        boolean clean = !name.startsWith("/")
                && !name.endsWith("/")
                && !name.contains("//")
                && !("/" + name + "/").contains("/./")
                && !("/" + name + "/").contains("/../");
        if (name.isEmpty() || name.length() > 250 || !name.matches("[/\\w.\\- ]*") || !clean) {
            throw new Wrong(400, "INVALID_PARAMETER_VALUE", "name " + name);
        }
        return name;
    }

    private static String text(JsonNode entity, int longest) {
        String text = entity.path("value").asText();
        limit("characters", text.length(), longest);
        return text;
    }

    private Object history(Map<String, String> query) {
        List<MlflowServer.Point> all = runs.get(query.get("run_id")).of(query.getOrDefault("metric_key", ""));
        int from = Integer.parseInt(query.getOrDefault("page_token", "0"));
        // A short page, so that there are several.
        int to = Math.min(all.size(), from + 50);
        ObjectNode answer = Json.object();
        ArrayNode metrics = answer.putArray("metrics");
        all.subList(from, to)
                .forEach(point -> metrics.addObject()
                        .put("key", point.key())
                        .put("value", Double.isNaN(point.value()) ? "NaN" : Double.toString(point.value()))
                        .put("timestamp", Long.toString(point.timestamp()))
                        .put("step", Long.toString(point.step())));
        if (to < all.size()) {
            answer.put("next_page_token", Integer.toString(to));
        }
        return answer;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
