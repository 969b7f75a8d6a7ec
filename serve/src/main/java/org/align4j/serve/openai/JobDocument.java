package org.align4j.serve.openai;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobRequest;
import org.jspecify.annotations.Nullable;

/** Writes a job as OpenAI's clients read it. */
final class JobDocument {
    private static final String ORGANIZATION = "org-local";
    private static final List<String> OLDER = List.of("n_epochs", "batch_size", "learning_rate_multiplier");

    private JobDocument() {}

    /**
     * Returns the job's document.
     *
     * @param strict whether the client knows no paused job, and reads of a queued one instead
     */
    static Map<String, Object> of(Job job, boolean strict) {
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("object", "fine_tuning.job");
        document.put("id", job.id());
        document.put("model", job.asked().started());
        document.put("created_at", job.standing().created().getEpochSecond());
        document.put("finished_at", seconds(job.standing().finished()));
        document.put("fine_tuned_model", job.outcome().tunedModel());
        document.put("organization_id", ORGANIZATION);
        document.put("result_files", job.outcome().resultFiles());
        document.put("status", status(job.standing().state(), strict));
        document.put("validation_file", job.asked().validationFile());
        document.put("training_file", job.asked().trainingFile());
        Map<String, Object> numbers = hyperparameters(job);
        Map<String, Object> older = new LinkedHashMap<>(numbers);
        older.keySet().retainAll(OLDER);
        document.put("hyperparameters", older);
        document.put("trained_tokens", job.outcome().trainedTokens());
        document.put("error", error(job.standing().fault()));
        document.put("seed", job.seed());
        document.put("estimated_finish", seconds(job.standing().estimatedFinish()));
        document.put("integrations", List.of());
        document.put("metadata", job.asked().metadata());
        String method = JobFields.name(job.asked().method());
        document.put("method", Map.of("type", method, method, method(job, numbers)));
        document.put("user_provided_suffix", job.asked().suffix());
        if (job.asked().origin().door().equals(Azure.DOOR)) {
            document.putAll(job.asked().origin().document());
        }
        return document;
    }

    private static Map<String, Object> method(Job job, Map<String, Object> numbers) {
        Map<String, Object> method = new LinkedHashMap<>(Map.of("hyperparameters", numbers));
        JobRequest.Reinforcement reinforcement = job.asked().reinforcement();
        if (reinforcement != null) {
            method.put("grader", reinforcement.grader());
            if (reinforcement.responseFormat() != null) {
                method.put("response_format", reinforcement.responseFormat());
            }
        }
        return method;
    }

    private static @Nullable Long seconds(@Nullable Instant time) {
        return time == null ? null : Long.valueOf(time.getEpochSecond());
    }

    private static String status(Job.State state, boolean strict) {
        return switch (state) {
            case VALIDATING -> "validating_files";
            case QUEUED -> "queued";
            case RUNNING -> "running";
            case PAUSED -> strict ? "queued" : "paused";
            case SUCCEEDED -> "succeeded";
            case FAILED -> "failed";
            case CANCELLED -> "cancelled";
        };
    }

    /** Returns what the client asked; what it left to the server is a number once that is settled. */
    private static Map<String, Object> hyperparameters(Job job) {
        Map<String, Object> numbers = new LinkedHashMap<>();
        job.asked().hyperparameters().forEach((name, asked) -> {
            Object settled = switch (name) {
                case "n_epochs" -> job.outcome().settled().get("epochs");
                case "batch_size" -> batch(job.outcome().settled());
                case "eval_interval" -> job.outcome().settled().get("eval-every");
                case "reasoning_effort" -> null;
                case "beta" -> job.outcome().settled().get("beta");
                default -> job.outcome().settled().isEmpty() ? null : Double.valueOf(1);
            };
            numbers.put(name, "auto".equals(asked) && settled != null ? whole(settled) : asked);
        });
        return numbers;
    }

    /** Rows of a step: of reinforcement the prompts, each of which has several responses. */
    private static @Nullable Object batch(Map<String, Object> settled) {
        return settled.get("rollouts-per-step") instanceof Number responses
                        && settled.get("samples-per-prompt") instanceof Number samples
                ? (Object) (responses.intValue() / samples.intValue())
                : settled.get("batch-size");
    }

    /** Clients want integers where the number is one. */
    private static Object whole(Object number) {
        return number instanceof Double one && one == Math.rint(one) ? (Object) one.longValue() : number;
    }

    private static @Nullable Map<String, @Nullable Object> error(Job.@Nullable Fault fault) {
        if (fault == null) {
            return null;
        }
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("code", fault.code());
        error.put("message", fault.message());
        error.put("param", fault.param());
        return error;
    }
}
