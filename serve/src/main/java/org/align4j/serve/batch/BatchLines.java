package org.align4j.serve.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.batch.Batch.Problem;
import org.jspecify.annotations.Nullable;

/** The requests of a batch's file, one per line: {@code {"custom_id", "method": "POST", "url", "body"}}. */
final class BatchLines implements Closeable {
    /** Requests that a batch may have. */
    static final int MOST = 50_000;

    private static final int MOST_PROBLEMS = 50;
    private static final long MOST_BYTES = 200L << 20;

    private final BufferedReader lines;
    private int line;

    private BatchLines(BufferedReader lines) {
        this.lines = lines;
    }

    /**
     * A request.
     *
     * @param line of the file, from 1
     * @param id that the client gave it
     * @param body of the request
     */
    record Request(int line, String id, JsonNode body) {}

    /** A line that isn't blank, as it is. */
    private record Text(int line, String text) {}

    /**
     * What an examination found.
     *
     * @param model that the requests ask for
     * @param total requests
     * @param problems that they have; empty where they can be answered
     */
    record Examined(@Nullable String model, int total, List<Problem> problems) {}

    static BatchLines open(Path file) throws IOException {
        return new BatchLines(Files.newBufferedReader(file));
    }

    private @Nullable Text text() throws IOException {
        for (String text = lines.readLine(); text != null; text = lines.readLine()) {
            line++;
            if (!text.isBlank()) {
                return new Text(line, line == 1 && text.startsWith("\uFEFF") ? text.substring(1) : text);
            }
        }
        return null;
    }

    /** Returns the next request of a file that was examined; null after the last one. */
    @Nullable
    Request next() throws IOException {
        Text next = text();
        if (next == null) {
            return null;
        }
        JsonNode request = Json.readRow(next.text);
        return new Request(next.line, request.path("custom_id").asText(), request.path("body"));
    }

    /** Looks at all requests of a file, of which each needs what an answer needs, and an id of its own. */
    static Examined examine(Path file, String endpoint) throws IOException {
        List<Problem> problems = new ArrayList<>();
        if (Files.size(file) > MOST_BYTES) {
            String told = "The file has " + Files.size(file) + " bytes, but a batch's may have " + MOST_BYTES
                    + "; make several batches of it.";
            return new Examined(null, 0, List.of(new Problem("file_too_large", told, null, "input_file_id")));
        }
        Map<String, Integer> ids = new HashMap<>();
        String model = null;
        int total = 0;
        try (BatchLines lines = open(file)) {
            for (Text next = lines.text(); next != null; next = lines.text()) {
                total++;
                String asked = lines.examine(next, endpoint, model, ids, problems);
                model = model == null ? asked : model;
            }
        }
        if (total == 0) {
            problems.add(new Problem("empty_file", "The file holds no request; write one per line.", null, null));
        } else if (total > MOST) {
            String told = "The file holds " + total + " requests, but a batch may have " + MOST
                    + "; make several batches of it.";
            problems.add(new Problem("too_many_tasks", told, null, "input_file_id"));
        }
        return new Examined(model, total, problems.subList(0, Math.min(MOST_PROBLEMS, problems.size())));
    }

    private @Nullable String examine(
            Text text, String endpoint, @Nullable String model, Map<String, Integer> ids, List<Problem> problems) {
        JsonNode request;
        try {
            request = Json.readRow(text.text);
        } catch (JsonProcessingException broken) {
            request = MissingNode.getInstance();
        }
        if (!request.isObject()) {
            add(problems, "invalid_json_line", "This line is not parseable as valid JSON.", null);
            return null;
        }
        String id = request.path("custom_id").asText("");
        Integer before = id.isEmpty() ? null : ids.putIfAbsent(id, text.line);
        if (!request.path("custom_id").isTextual() || id.isEmpty()) {
            missing(problems, "custom_id", "a text that names the request");
        } else if (before != null) {
            add(
                    problems,
                    "duplicate_custom_id",
                    "The custom_id '" + Shortened.of(id) + "' for this request is a duplicate of that of line " + before
                            + "; each request needs one of its own.",
                    "custom_id");
        }
        if (!request.path("method").asText("").equals("POST")) {
            missing(problems, "method", "\"POST\"");
        }
        if (!request.path("url").asText("").equals(endpoint)) {
            add(
                    problems,
                    "url_mismatch",
                    "The URL provided for this request does not match the batch endpoint, " + endpoint + ".",
                    "url");
        }
        return model(request, model, problems);
    }

    private @Nullable String model(JsonNode request, @Nullable String model, List<Problem> problems) {
        JsonNode asked = request.path("body").path("model");
        if (!request.path("body").isObject()) {
            missing(problems, "body", "an object, the request's fields");
            return null;
        }
        if (!asked.isTextual() || asked.textValue().isEmpty()) {
            missing(problems, "body.model", "the name of a model");
            return null;
        }
        if (model != null && !model.equals(asked.textValue())) {
            add(
                    problems,
                    "model_mismatch",
                    "The model '" + Shortened.of(asked.textValue())
                            + "' of this request isn't that of the requests before, '" + Shortened.of(model)
                            + "'; a batch asks one model.",
                    "body.model");
        }
        return asked.textValue();
    }

    private void missing(List<Problem> problems, String field, String wanted) {
        add(
                problems,
                "missing_required_parameter",
                "Missing or invalid required parameter: '" + field + "'; it must be " + wanted + ".",
                field);
    }

    private void add(List<Problem> problems, String code, String message, @Nullable String param) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(new Problem(code, message, line, param));
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
