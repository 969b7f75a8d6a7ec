package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.align4j.core.files.Json;
import org.align4j.serve.job.Job.Fault;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a reinforcement job: messages that are answered, and any other fields, which are the grader's item. For the training they become
 * {@code {"prompt": messages, "tools"?, "item": the other fields}}, so that no field is taken for another.
 */
final class ReinforcementRows {
    /** Fields of a row that are the prompt's. */
    private static final Set<String> OF_PROMPT = Set.of("messages", "tools", "parallel_tool_calls");

    /** Characters of an item that a trainer hands to its reward; half of what it keeps, to be safe. */
    private static final int LARGEST_ITEM = 1 << 17;

    private ReinforcementRows() {}

    /** Finds the first row that the job's grader can't grade answers to; null where there is none. Its rows are whole JSON. */
    static @Nullable Fault fault(Job job, JobGraders graders, Path file, boolean training) throws IOException {
        String kind = training ? "training_file" : "validation_file";
        int example = 0;
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                if (text.isBlank()) {
                    continue;
                }
                example++;
                JsonNode item = row(text).path("item");
                String missing = item.toString().length() > LARGEST_ITEM
                        ? format("more than %,d characters beside its messages", LARGEST_ITEM)
                        : graders.missing(job, item);
                if (missing != null) {
                    return new Fault("invalid_" + kind, format("Example %d has %s.", example, missing), kind);
                }
            }
        }
        return null;
    }

    /** Writes the rows of an uploaded file as the training reads them. */
    static void write(Path upload, Path to) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(upload);
                BufferedWriter out = Files.newBufferedWriter(to)) {
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                if (!text.isBlank()) {
                    out.write(Json.text(row(text)));
                    out.write('\n');
                }
            }
        }
    }

    private static ObjectNode row(String text) throws JsonProcessingException {
        JsonNode upload = Json.read(text);
        ObjectNode row = Json.object();
        row.set("prompt", upload.path("messages"));
        if (upload.hasNonNull("tools")) {
            row.set("tools", upload.path("tools"));
        }
        ObjectNode item = row.putObject("item");
        upload.properties().forEach(field -> {
            if (!OF_PROMPT.contains(field.getKey())) {
                item.set(field.getKey(), field.getValue());
            }
        });
        return row;
    }
}
