package org.align4j.serve.together;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.align4j.core.files.Json;
import org.align4j.serve.files.FileVerdicts;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.serve.job.UploadedRows;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What was found of uploaded rows: whether a job could train on them, what they hold, and the doctor's verdict beside it. Files are examined one at a
 * time on a thread of their own; the last reports are kept.
 */
final class ValidationReports {
    private static final int KEPT = 256;
    private static final long WAIT_SECONDS = 10;

    private final FileVerdicts verdicts;
    private final Map<String, CompletableFuture<Map<String, Object>>> kept = new LinkedHashMap<>();
    private final ExecutorService examining =
            new ThreadPoolExecutor(0, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), work -> {
                Thread thread = new Thread(work, "validation");
                thread.setDaemon(true);
                return thread;
            });

    ValidationReports(FileVerdicts verdicts) {
        this.verdicts = verdicts;
    }

    /** How the rows of a file are written. */
    enum Format {
        /** Each row is a {@code text}. */
        GENERAL,
        /** Each row has {@code messages}. */
        CONVERSATION,
        /** Each row has a {@code prompt} and a {@code completion}. */
        INSTRUCTION,
        /** Each row has an {@code input} and two answers. */
        PREFERENCE_OPENAI;

        static @Nullable Format of(JsonNode row) {
            if (row.has("preferred_output")) {
                return PREFERENCE_OPENAI;
            }
            if (row.has("messages")) {
                return CONVERSATION;
            }
            return row.has("prompt") ? INSTRUCTION : row.has("text") ? GENERAL : null;
        }

        Method method() {
            return this == PREFERENCE_OPENAI ? Method.DPO : Method.SUPERVISED;
        }
    }

    /**
     * Returns the report on a file; empty while it is examined.
     *
     * @param awaited whether to examine the file where nobody did, and to wait some seconds for it
     */
    Optional<Map<String, Object>> of(StoredFile file, boolean awaited) {
        CompletableFuture<Map<String, Object>> found;
        synchronized (kept) {
            found = kept.get(file.id());
            if (found == null && awaited) {
                if (kept.size() >= KEPT) {
                    kept.remove(kept.keySet().iterator().next());
                }
                found = CompletableFuture.supplyAsync(() -> report(file), examining);
                kept.put(file.id(), found);
            }
        }
        if (found == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(found.get(awaited ? WAIT_SECONDS : 0, TimeUnit.SECONDS));
        } catch (TimeoutException | ExecutionException notYet) {
            return Optional.empty();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private Map<String, Object> report(StoredFile file) {
        try {
            return examined(file);
        } catch (IOException | RuntimeException failed) {
            return invalid("The file can't be examined; the server's disk may have trouble.");
        }
    }

    private static Map<String, Object> invalid(String error) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("valid", false);
        report.put("error", error);
        report.put("error_type", "INVALID_FORMAT");
        return report;
    }

    private Map<String, Object> examined(StoredFile file) throws IOException {
        Contents contents = Contents.of(file);
        Format format = contents.format;
        String problem = file.problem();
        if (problem == null && format == null) {
            problem =
                    "The first row has neither messages, nor prompt and completion, nor text, nor input and two answers.";
        }
        if (problem == null && format != null) {
            UploadedRows rows = new UploadedRows(file.id(), format.method(), true, new UploadedRows.Rules(1, true));
            Fault fault = rows.fault(file.content());
            problem = fault == null ? null : fault.message();
        }
        Map<String, Object> doctor = Map.of();
        if (problem == null) {
            try {
                doctor = verdicts.of(file);
            } catch (Refusal unreadable) {
                problem = unreadable.message();
            }
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("file_id", file.id());
        report.put("valid", true);
        report.put("nlines", contents.lines);
        report.put("dataset_format", format == null ? null : format.name());
        report.put("dataset_has_tools", contents.tools);
        report.put("dataset_has_parallel_tool_calls", contents.parallelCalls);
        report.put("dataset_has_message_weights", contents.weights);
        report.put("dataset_has_sample_weights", false);
        report.put("dataset_has_reasoning", contents.reasoning);
        report.put("dataset_is_multimodal", false);
        if (problem != null) {
            report.putAll(invalid(problem));
        }
        if (!doctor.isEmpty()) {
            report.put("doctor", Map.of("verdict", doctor.get("verdict"), "findings", doctor.get("findings")));
        }
        return report;
    }

    /** What rows hold, as their lines say. */
    private static final class Contents {
        private long lines;
        private @Nullable Format format;
        private boolean tools;
        private boolean parallelCalls;
        private boolean weights;
        private boolean reasoning;

        static Contents of(StoredFile file) throws IOException {
            Contents contents = new Contents();
            try (BufferedReader rows = Files.newBufferedReader(file.content())) {
                for (String line = rows.readLine(); line != null; line = rows.readLine()) {
                    if (!line.isBlank()) {
                        contents.lines++;
                        contents.add(line);
                    }
                }
            }
            return contents;
        }

        private void add(String line) {
            JsonNode row;
            try {
                row = Json.read(line);
            } catch (JsonProcessingException broken) {
                return; // the file's problem says so
            }
            if (lines == 1) {
                format = Format.of(row);
            }
            tools |= row.path("tools").size() + row.path("input").path("tools").size() > 0;
            for (String side : new String[] {"messages", "preferred_output", "non_preferred_output"}) {
                row.path(side).forEach(this::look);
            }
            row.path("input").path("messages").forEach(this::look);
        }

        private void look(JsonNode message) {
            int calls = message.path("tool_calls").size();
            tools |= calls > 0;
            parallelCalls |= calls > 1;
            weights |= message.has("weight");
            reasoning |= message.has("reasoning") || message.has("reasoning_content");
        }
    }
}
