package org.align4j.serve.together;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunResult;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobEvent;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.serve.job.TunedModel;
import org.jspecify.annotations.Nullable;

/** Writes jobs, events, checkpoints and figures as Together's clients read them, whichever door the job came in by. */
final class TogetherDocuments {
    private static final String DOOR = "together";

    /** What a client of Together wrote and reads again, as it wrote it. */
    private static final List<String> REPEATED = List.of(
            "n_evals",
            "n_checkpoints",
            "lr_scheduler",
            "warmup_ratio",
            "max_grad_norm",
            "weight_decay",
            "packing",
            "max_seq_length",
            "gradient_accumulation_steps",
            "from_checkpoint",
            "training_method",
            "training_type",
            "multimodal_params",
            "early_stopping_enabled",
            "wandb_project_name",
            "wandb_name",
            "wandb_entity");

    private TogetherDocuments() {}

    /** Writes a job as lists have it. */
    static Map<String, Object> job(Job job) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("id", ModelNames.id(job));
        document.put("object", "fine-tune");
        document.put("status", status(job.standing().state()));
        document.put("user_id", job.asked().project());
        document.put("created_at", job.standing().created().toString());
        document.put(
                "updated_at",
                Objects.requireNonNullElse(
                                job.standing().finished(), job.standing().created())
                        .toString());
        document.put("model", job.asked().base());
        document.put("model_output_name", ModelNames.of(job));
        document.put("adapter_output_name", ModelNames.of(job) + "-adapter");
        document.put("training_file", job.asked().trainingFile());
        document.put("validation_file", Objects.requireNonNullElse(job.asked().validationFile(), ""));
        document.put("suffix", job.asked().suffix());
        document.put("random_seed", job.seed());
        document.put("n_epochs", whole(of(job, "epochs")));
        document.put("batch_size", whole(of(job, "batch-size")));
        document.put("learning_rate", of(job, "learning-rate"));
        document.putAll(method(job));
        Map<String, Object> written =
                job.asked().origin().door().equals(DOOR) ? job.asked().origin().document() : Map.of();
        for (String name : REPEATED) {
            if (written.get(name) != null) {
                document.put(name, written.get(name));
            }
        }
        document.put("token_count", job.outcome().trainedTokens());
        document.put("total_price", 0);
        document.put("progress", progress(job));
        if (job.standing().fault() != null) {
            document.put("error", job.standing().fault().message());
        }
        return document;
    }

    /** Returns what the training made of an option; before it says so, what was asked. */
    private static @Nullable Object of(Job job, String option) {
        Object settled = job.outcome().settled().get(option);
        return settled == null ? job.asked().options().get(option) : settled;
    }

    private static @Nullable Object whole(@Nullable Object number) {
        return number instanceof Number one && one.doubleValue() == Math.rint(one.doubleValue())
                ? (Object) one.longValue()
                : number;
    }

    /** Says in Together's words how a job of any door trains. */
    private static Map<String, Object> method(Job job) {
        boolean pairs = job.asked().method() == Method.DPO;
        Map<String, Object> method = new LinkedHashMap<>();
        method.put(
                "method",
                switch (job.asked().method()) {
                    case SUPERVISED -> "sft";
                    case DPO -> "dpo";
                    case REINFORCEMENT ->
                        "reinforcement"; // another door's; the client takes words that it doesn't know
                });
        if (pairs) {
            Object beta = of(job, "beta");
            if (beta != null) {
                method.put("dpo_beta", beta);
            }
        } else if (job.asked().method() == Method.SUPERVISED) {
            method.put("train_on_inputs", "auto");
        }
        Map<String, Object> options = job.asked().options();
        Map<String, Object> type = new LinkedHashMap<>();
        Object rank = options.getOrDefault("lora-rank", TogetherFields.USUAL_RANK);
        type.put("type", "Lora");
        type.put("lora_r", rank);
        type.put(
                "lora_alpha",
                Objects.requireNonNullElse(
                        whole(options.getOrDefault("lora-alpha", 2 * ((Number) rank).intValue())), 0));
        type.put("lora_dropout", options.getOrDefault("lora-dropout", 0));
        type.put("lora_trainable_modules", options.getOrDefault("lora-targets", "all-linear"));
        return Map.of("training_method", method, "training_type", type);
    }

    private static Map<String, Object> progress(Job job) {
        Instant end = job.standing().estimatedFinish();
        long left = end == null
                ? 0
                : Math.max(0, Duration.between(Instant.now(), end).toSeconds());
        return Map.of("estimate_available", end != null, "seconds_remaining", left);
    }

    private static String status(Job.State state) {
        return switch (state) {
            case VALIDATING, PAUSED -> "pending";
            case QUEUED -> "queued";
            case RUNNING -> "running";
            case SUCCEEDED -> "completed";
            case FAILED -> "error";
            case CANCELLED -> "cancelled";
        };
    }

    /**
     * Writes a job with all that is known of it.
     *
     * @param run of the job, whose directory may not be there yet
     * @param file with its rows; null where it is deleted
     * @param events of the job, the oldest first
     */
    static Map<String, Object> whole(Job job, Run run, @Nullable StoredFile file, List<JobEvent> events) {
        Map<String, Object> document = job(job);
        document.put("job_id", ModelNames.id(job));
        RunResult result = Run.isOne(run.path()) ? run.result() : null;
        int total = result == null ? 0 : result.totalSteps();
        int step = result == null ? 0 : Math.max(result.step(), run.metrics().lastStep());
        document.put("total_steps", total);
        document.put("steps_completed", step);
        if (result != null && result.best() != null) {
            document.put("early_stopped", result.status() == RunResult.Status.DONE && step < total);
            document.put("early_stopping_best_step", result.best().step());
            document.put("early_stopping_best_metric", result.best().value());
        }
        Object epochs = of(job, "epochs");
        document.put(
                "epochs_completed",
                total == 0 || !(epochs instanceof Number number)
                        ? 0
                        : (long) Math.floor(number.doubleValue() * step / total + 1e-9));
        if (file != null) {
            document.put("trainingfile_size", file.bytes());
        }
        if (job.outcome().tunedModel() != null) {
            document.put("model_output_path", ModelNames.of(job));
        }
        document.put("events", events(job, events));
        return document;
    }

    /** Writes what a job reported, the oldest first; figures of steps are reported by {@code /metrics} alone. */
    static List<Map<String, Object>> events(Job job, List<JobEvent> events) {
        List<Map<String, Object>> documents = new ArrayList<>();
        for (JobEvent event : events) {
            for (String type : types(event)) {
                documents.add(event(job, event, type));
            }
        }
        return documents;
    }

    private static List<String> types(JobEvent event) {
        return switch (event.what()) {
            case "step" -> List.of();
            case "created", "held" -> List.of("job_pending");
            case "validating" -> List.of("training_data_downloading");
            case "queued" -> List.of("training_data_download_complete");
            case "started" -> List.of("job_start", "training_start");
            case "checkpoint" -> List.of("epoch_complete", "checkpoint_save");
            case "ended-early" -> List.of("early_stopped");
            case "verdict" -> List.of("training_complete");
            case "model" -> List.of("model_upload_complete");
            case "succeeded" -> List.of("job_complete");
            case "failed" -> List.of("job_error");
            case "cancelled" -> List.of("cancel_requested");
            case "paused" -> List.of("job_stopped");
            case "resumed", "went-on" -> List.of("job_restarted");
            default -> List.of("warning");
        };
    }

    private static Map<String, Object> event(Job job, JobEvent event, String type) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("object", "fine-tune-event");
        document.put("created_at", event.time().toString());
        document.put(
                "level",
                switch (event.level()) {
                    case INFO -> type.equals("warning") ? "warning" : "info";
                    case WARN -> "warning";
                    case ERROR -> "error";
                });
        document.put("message", text(job, event, type));
        document.put("type", type);
        if (type.equals("checkpoint_save") || type.equals("epoch_complete")) {
            document.put("step", event.step());
        }
        if (type.equals("checkpoint_save")) {
            document.put("checkpoint_path", ModelNames.of(job) + ":" + event.step());
        }
        if (type.equals("model_upload_complete")) {
            document.put("model_path", ModelNames.of(job));
        }
        if (type.equals("job_complete") && job.outcome().trainedTokens() != null) {
            document.put("token_count", job.outcome().trainedTokens());
        }
        return document;
    }

    /** Returns an event's sentence with the names that Together's clients know. */
    private static String text(Job job, JobEvent event, String type) {
        return switch (type) {
            case "training_start" -> "Training started";
            case "epoch_complete" -> "Epoch completed at step " + event.step();
            default ->
                event.text()
                        .replace(TunedModel.name(job) + ":ckpt-step-", ModelNames.of(job) + ":")
                        .replace(TunedModel.name(job), ModelNames.of(job))
                        .replace(job.id(), ModelNames.id(job));
        };
    }

    /** Writes a model of a job as a checkpoint; the one that it ended with has the step that it ended at. */
    static Map<String, Object> checkpoint(TunedModel model, int step) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("step", step);
        document.put("created_at", model.created().toString());
        document.put("path", ModelNames.of(model));
        document.put("checkpoint_type", model.step() == null ? "Final adapter" : "Intermediate adapter, step " + step);
        document.put("checkpoint", "adapter");
        document.put("object_name", ModelNames.of(model));
        return document;
    }

    /** Writes the figures of a step; all of them are numbers. */
    static Map<String, Object> figures(JobEvent step) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("global_step", step.step());
        figures.put("logged_at", step.time().getEpochSecond());
        step.data().forEach((name, value) -> {
            if (value instanceof Number && !name.equals("step")) {
                figures.put(name, value);
            }
        });
        return figures;
    }
}
