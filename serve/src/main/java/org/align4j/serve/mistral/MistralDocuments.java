package org.align4j.serve.mistral;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobCheckpoint;
import org.align4j.serve.job.JobEvent;
import org.align4j.serve.job.TunedModel;
import org.jspecify.annotations.Nullable;

/** Writes files, jobs and models as Mistral's clients read them. */
final class MistralDocuments {
    /** Where a job stands once something happened to it. */
    private static final Map<String, String> TURNS = Map.of(
            "validating", "VALIDATING",
            "held", "VALIDATED",
            "queued", "QUEUED",
            "resumed", "QUEUED",
            "started", "RUNNING",
            "succeeded", "SUCCESS",
            "failed", "FAILED",
            "cancelled", "CANCELLED");

    private MistralDocuments() {}

    /** Writes a file. */
    static Map<String, @Nullable Object> file(StoredFile file) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("id", file.id());
        document.put("object", "file");
        document.put("bytes", file.bytes());
        document.put("created_at", file.life().created());
        document.put("filename", file.label().name());
        document.put("purpose", file.label().purpose());
        document.put("sample_type", sampleType(file));
        document.put("source", source(file));
        document.put("num_lines", null);
        document.put("mimetype", null);
        document.put("signature", null);
        document.put("expires_at", file.life().expires());
        document.put("visibility", "workspace");
        return document;
    }

    /** Returns what kind of rows a file holds, in Mistral's words. */
    static String sampleType(StoredFile file) {
        return file.label().purpose().equals("batch") ? "batch_request" : "instruct";
    }

    /** Returns whether a client sent a file or the server made it. */
    static String source(StoredFile file) {
        return file.label().purpose().equals(StoredFile.RESULTS) ? "mistral" : "upload";
    }

    /**
     * Writes a job without its events.
     *
     * @param newest the job's newest event
     */
    static Map<String, @Nullable Object> job(Job job, JobEvent newest) {
        Map<String, Object> written = job.asked().origin().document();
        boolean own = job.asked().origin().door().equals(MistralFields.DOOR);
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("id", job.id());
        document.put("object", "job");
        document.put("job_type", "completion");
        document.put("auto_start", !job.asked().held());
        document.put("model", job.asked().started());
        document.put("status", status(job));
        document.put("created_at", job.standing().created().getEpochSecond());
        document.put("modified_at", newest.time().getEpochSecond());
        document.put("training_files", List.of(job.asked().trainingFile()));
        document.put(
                "validation_files",
                job.asked().validationFile() == null
                        ? List.of()
                        : List.of(job.asked().validationFile()));
        document.put("hyperparameters", own ? written.getOrDefault("hyperparameters", Map.of()) : hyperparameters(job));
        document.put("fine_tuned_model", job.outcome().tunedModel());
        document.put("suffix", job.asked().suffix());
        document.put("integrations", own ? written.getOrDefault("integrations", List.of()) : List.of());
        document.put("trained_tokens", job.outcome().trainedTokens());
        document.put("repositories", List.of());
        document.put("metadata", metadata(job));
        return document;
    }

    /** Writes the numbers of a job that came in by another door. */
    private static Map<String, Object> hyperparameters(Job job) {
        Map<String, Object> numbers = new LinkedHashMap<>();
        Map<String, Object> options = new LinkedHashMap<>(job.asked().options());
        options.putAll(job.outcome().settled());
        MistralFields.TABLE.fields().values().stream()
                .filter(field -> field.name().startsWith("hyperparameters.")
                        && !field.option().isEmpty())
                .forEach(field -> {
                    Object value = options.get(field.optionName());
                    if (value != null) {
                        numbers.put(field.name().substring("hyperparameters.".length()), value);
                    }
                });
        return numbers;
    }

    private static Map<String, @Nullable Object> metadata(Job job) {
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        Instant end = job.standing().state().isFinal() ? null : job.standing().estimatedFinish();
        metadata.put(
                "expected_duration_seconds",
                end == null
                        ? null
                        : end.getEpochSecond() - job.standing().created().getEpochSecond());
        metadata.put("train_tokens", job.outcome().trainedTokens());
        return metadata;
    }

    /** Returns where a job stands, in Mistral's words. */
    static String status(Job job) {
        boolean began = !job.outcome().settled().isEmpty();
        return switch (job.standing().state()) {
            case VALIDATING -> "VALIDATING";
            case QUEUED -> "QUEUED";
            case RUNNING -> "RUNNING";
            case PAUSED -> job.asked().held() && !began ? "VALIDATED" : "QUEUED";
            case SUCCEEDED -> "SUCCESS";
            case FAILED -> began ? "FAILED" : "FAILED_VALIDATION";
            case CANCELLED -> "CANCELLED";
        };
    }

    /** Writes an event: a turn of the job's state by Mistral's name for it, else a message or metrics. */
    static Map<String, @Nullable Object> event(JobEvent event) {
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        String turn = TURNS.get(event.what());
        if (turn != null) {
            data.put("status", turn);
        }
        data.put("message", event.text());
        data.putAll(event.data());
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put(
                "name",
                turn != null
                        ? "status-updated"
                        : event.kind() == JobEvent.Kind.METRICS
                                ? "metrics"
                                : event.level() == JobEvent.Level.INFO ? "message" : "warning");
        document.put("data", data);
        document.put("created_at", event.time().getEpochSecond());
        return document;
    }

    /** Writes a checkpoint. */
    static Map<String, @Nullable Object> checkpoint(JobCheckpoint point) {
        Map<String, @Nullable Object> metrics = new LinkedHashMap<>();
        metrics.put("train_loss", point.metrics().get("train_loss"));
        metrics.put("valid_loss", first(point, "valid_loss", "full_valid_loss"));
        metrics.put(
                "valid_mean_token_accuracy",
                first(point, "valid_mean_token_accuracy", "full_valid_mean_token_accuracy"));
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("metrics", metrics);
        document.put("step_number", point.step());
        document.put("created_at", point.time().getEpochSecond());
        return document;
    }

    private static @Nullable Object first(JobCheckpoint point, String name, String other) {
        Object value = point.metrics().get(name);
        return value == null ? point.metrics().get(other) : value;
    }

    /** Writes a model that the server was started with. */
    static Map<String, @Nullable Object> base(String name) {
        Map<String, @Nullable Object> document = card(name, true);
        document.put("type", "base");
        document.put("owned_by", "local");
        return document;
    }

    /** Writes a model that a job made. */
    static Map<String, @Nullable Object> tuned(TunedModel model, ModelNotes.Note note) {
        Map<String, @Nullable Object> document = card(model.name(), false);
        document.put("type", "fine-tuned");
        document.put("created", model.created().getEpochSecond());
        document.put("owned_by", model.project());
        document.put("root", model.start().base());
        document.put("job", model.job());
        document.put("name", note.name() == null ? model.name() : note.name());
        document.put("description", note.description());
        document.put("archived", note.archived());
        return document;
    }

    /** Writes a tuned model as the answer to its change. */
    static Map<String, @Nullable Object> changed(TunedModel model, ModelNotes.Note note) {
        Map<String, @Nullable Object> document = tuned(model, note);
        document.remove("type");
        document.put("model_type", "completion");
        document.put("workspace_id", model.project());
        document.put("root_version", "");
        return document;
    }

    private static Map<String, @Nullable Object> card(String name, boolean trainable) {
        Map<String, @Nullable Object> capabilities = new LinkedHashMap<>();
        capabilities.put("completion_chat", true);
        capabilities.put("completion_fim", false);
        capabilities.put("fine_tuning", trainable);
        capabilities.put("vision", false);
        capabilities.put("classification", false);
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("id", name);
        document.put("object", "model");
        document.put("capabilities", capabilities);
        document.put("name", name);
        document.put("aliases", new ArrayList<>());
        return document;
    }
}
