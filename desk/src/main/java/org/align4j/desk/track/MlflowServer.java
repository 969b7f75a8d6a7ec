package org.align4j.desk.track;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.core.web.WebBody;
import org.align4j.core.web.WebClient;
import org.jspecify.annotations.Nullable;

/** Asks an MLflow server by its REST interface. A call is made once: who calls knows what may be asked again. */
final class MlflowServer {
    /** What a granted answer may have: a page of a figure's history. */
    private static final int LONGEST_ANSWER = 16 << 20;

    private static final int HISTORY_PAGE = 10_000;
    private static final String API = "/api/2.0/mlflow/";
    private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";
    private static final String PROXIED = "mlflow-artifacts:";

    private final URI address;
    private final WebClient calls;
    private final WebClient files;
    private final Map<String, String> environment;

    /**
     * Connects to nothing yet.
     *
     * @param call the longest wait for the answer to a call
     * @param file the longest wait until a file is taken
     * @param environment with the variables by which the server knows the user
     */
    MlflowServer(URI address, Duration call, Duration file, Map<String, String> environment) {
        this.address = address;
        this.calls = WebClient.within(call);
        this.files = WebClient.within(file);
        this.environment = environment;
    }

    /** The server's answer is no, and asking again won't change it. */
    static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        private final String code;

        Refused(String code, String message) {
            super(message);
            this.code = code;
        }

        String code() {
            return code;
        }
    }

    /** Nothing of a call reached the server. */
    static final class Unreached extends IOException {
        private static final long serialVersionUID = 1;

        Unreached(IOException why) {
            super(why.getMessage(), why);
        }
    }

    /**
     * A run of the server.
     *
     * @param artifacts where its files go
     */
    record RunPlace(String id, String artifacts) {}

    /** A value of a figure at a step, as the server keeps it. */
    record Point(String key, double value, long timestamp, long step) {
        /** Points are equal where they have one value, and 0 is no other value with a sign. */
        Point {
            value += 0.0;
        }
    }

    /** Returns the number of an experiment, which is made where there is none of that name. */
    String experiment(String name) throws IOException {
        try {
            return named(name);
        } catch (Refused unknown) {
            if (!unknown.code().equals("RESOURCE_DOES_NOT_EXIST")) {
                throw unknown;
            }
        }
        try {
            return text(post("experiments/create", Map.of("name", name)), "experiment_id");
        } catch (Refused made) {
            if (!made.code().equals("RESOURCE_ALREADY_EXISTS")) {
                throw made;
            }
            return named(name);
        }
    }

    private String named(String name) throws IOException {
        JsonNode found =
                get("experiments/get-by-name?experiment_name=" + encoded(name)).path("experiment");
        if (found.path("lifecycle_stage").asText().equals("deleted")) {
            throw new Refused(
                    "DELETED", format("the experiment %s is deleted there; restore it or name another", name));
        }
        return text(found, "experiment_id");
    }

    /** Finds the run that has a tag; empty where there is none. */
    Optional<RunPlace> find(String experiment, String tag, String value) throws IOException {
        JsonNode runs = post(
                        "runs/search",
                        Map.of(
                                "experiment_ids",
                                List.of(experiment),
                                "filter",
                                format("tags.`%s` = '%s'", tag, value),
                                "max_results",
                                1))
                .path("runs");
        return runs.isEmpty() ? Optional.empty() : Optional.of(place(runs.get(0)));
    }

    /** Makes a run. */
    RunPlace create(String experiment, String name, Instant begun, Map<String, String> tags) throws IOException {
        return place(post(
                        "runs/create",
                        Map.of(
                                "experiment_id",
                                experiment,
                                "run_name",
                                name,
                                "start_time",
                                begun.toEpochMilli(),
                                "tags",
                                pairs(tags)))
                .path("run"));
    }

    private static RunPlace place(JsonNode run) throws IOException {
        JsonNode info = run.path("info");
        return new RunPlace(text(info, "run_id"), info.path("artifact_uri").asText());
    }

    /** Adds values of figures to a run. */
    void metrics(String run, List<Point> points) throws IOException {
        List<Map<String, Object>> metrics = points.stream()
                .<Map<String, Object>>map(point -> Map.of(
                        "key",
                        point.key(),
                        "value",
                        Double.isFinite(point.value()) ? point.value() : String.valueOf(point.value()),
                        "timestamp",
                        point.timestamp(),
                        "step",
                        point.step()))
                .toList();
        post("runs/log-batch", Map.of("run_id", run, "metrics", metrics));
    }

    /** Sets parameters and tags of a run. A parameter can be set again to the same value only. */
    void describe(String run, Map<String, String> params, Map<String, String> tags) throws IOException {
        post("runs/log-batch", Map.of("run_id", run, "params", pairs(params), "tags", pairs(tags)));
    }

    private static List<Map<String, String>> pairs(Map<String, String> values) {
        return values.entrySet().stream()
                .map(entry -> Map.of("key", entry.getKey(), "value", entry.getValue()))
                .toList();
    }

    /** Returns what the server has of a figure. */
    Set<Point> history(String run, String key) throws IOException {
        Set<Point> points = new HashSet<>();
        String page = "";
        do {
            JsonNode answer = get("metrics/get-history?run_id=" + encoded(run) + "&metric_key=" + encoded(key)
                    + "&max_results=" + HISTORY_PAGE + (page.isEmpty() ? "" : "&page_token=" + encoded(page)));
            for (JsonNode point : answer.path("metrics")) {
                points.add(new Point(
                        key,
                        Double.parseDouble(point.path("value").asText()),
                        point.path("timestamp").asLong(),
                        point.path("step").asLong()));
            }
            page = answer.path("next_page_token").asText();
        } while (!page.isEmpty());
        return points;
    }

    /** Says how a run stands: {@code RUNNING}, {@code FINISHED}, {@code FAILED} or {@code KILLED}. */
    void status(String run, String status, @Nullable Instant ended) throws IOException {
        Map<String, Object> update = new LinkedHashMap<>(Map.of("run_id", run, "status", status));
        if (ended != null) {
            update.put("end_time", ended.toEpochMilli());
        }
        post("runs/update", update);
    }

    /**
     * Puts a file among those of a run, through the server.
     *
     * @param name its path there
     * @throws Refused where the server keeps files where it doesn't pass them on to
     */
    void file(RunPlace run, String name, Path file) throws IOException {
        if (!run.artifacts().startsWith(PROXIED)) {
            throw new Refused(
                    "NOT_PROXIED",
                    format(
                            "files of the experiment go to %s, past the server; start it with --serve-artifacts and use an experiment made"
                                    + " since",
                            Shortened.of(run.artifacts())));
        }
        String folder = URI.create(run.artifacts()).getPath().replaceAll("^/+|/+$", "");
        String path = Arrays.stream((folder + "/" + name).split("/"))
                .map(MlflowServer::encoded)
                .collect(Collectors.joining("/"));
        answer(
                files,
                HttpRequest.newBuilder(URI.create(address + ARTIFACTS + path))
                        .header("Content-Type", "application/octet-stream")
                        .PUT(HttpRequest.BodyPublishers.ofFile(file)));
    }

    private JsonNode get(String call) throws IOException {
        return answer(
                calls, HttpRequest.newBuilder(URI.create(address + API + call)).GET());
    }

    private JsonNode post(String call, Map<String, ?> body) throws IOException {
        return answer(
                calls,
                HttpRequest.newBuilder(URI.create(address + API + call))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body))));
    }

    private JsonNode answer(WebClient client, HttpRequest.Builder request) throws IOException {
        MlflowTarget.sign(request, environment);
        HttpResponse<WebBody> response;
        try {
            response = client.send(request.build());
        } catch (IOException failed) {
            throw failed.getCause() != null && failed.getCause().getCause() instanceof ConnectException
                    ? new Unreached(failed)
                    : failed;
        }
        try (WebBody body = response.body()) {
            String text = new String(body.all(LONGEST_ANSWER), StandardCharsets.UTF_8);
            if (response.statusCode() / 100 == 2) {
                return text.isBlank() ? Json.object() : Json.read(text);
            }
            throw refusal(response, text);
        } catch (JsonProcessingException noJson) {
            throw new IOException("what answers there is no MLflow server: its answer is no JSON", noJson);
        }
    }

    private static IOException refusal(HttpResponse<?> response, String text) {
        int status = response.statusCode();
        if (status / 100 == 3) {
            return new Refused(
                    "REDIRECTED",
                    "the server sends on to "
                            + response.headers().firstValue("Location").orElse("nowhere") + "; give that address");
        }
        String code = "";
        String message = "";
        try {
            JsonNode error = Json.read(text);
            code = error.path("error_code").asText();
            message = error.path("message").asText();
        } catch (JsonProcessingException noJson) {
            // The status says it.
        }
        String told = format("status %d%s", status, message.isEmpty() ? "" : ": " + Shortened.of(message));
        if (status == 401 || status == 403) {
            return new Refused(
                    code,
                    told + "; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN");
        }
        boolean passing = status >= 500 || status == 429 || status == 408;
        return passing ? new IOException(told) : new Refused(code, told);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String text(JsonNode object, String name) throws IOException {
        String value = object.path(name).asText();
        if (value.isEmpty()) {
            throw new IOException(format("what answers there is no MLflow server: its answer has no %s", name));
        }
        return value;
    }
}
