package org.align4j.serve.door;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.store.Call;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Makes a job of what a door's client asks, once the door has put its fields into our words. */
public final class JobDoor {
    private static final int LONGEST_KEY = 255;

    private static final int LONGEST_SUFFIX = 64;
    private static final Pattern SUFFIX = Pattern.compile("[A-Za-z0-9._-]+");

    private final Jobs jobs;
    private final StoredFiles files;
    private final Map<String, String> models;
    private final Names names;

    /**
     * Makes jobs for one door.
     *
     * @param models directories by the names that clients ask for
     */
    public JobDoor(Jobs jobs, StoredFiles files, Map<String, String> models, Names names) {
        this.jobs = jobs;
        this.files = files;
        this.models = Map.copyOf(models);
        this.names = names;
    }

    /**
     * What a door's clients call the fields that a job can't do without.
     *
     * @param model the field with the model's name
     * @param training the field with the id of the file to train on
     * @param validation the field with the id of the file to evaluate on
     */
    public record Names(String model, String training, String validation) {
        /** The names that OpenAI gave them. */
        public static final Names OPENAI = new Names("model", "training_file", "validation_file");
    }

    /**
     * Returns the directory behind the name of a model that the server was started with.
     *
     * @throws Refusal 400 where there is none
     */
    public String directory(String model) {
        String directory = models.get(model);
        if (directory == null) {
            throw none(model);
        }
        return directory;
    }

    private Refusal none(String model) {
        return Asked.refusal(
                "Model " + Shortened.of(model) + " is not available for fine-tuning or does not exist.",
                names.model(),
                "model_not_available");
    }

    /**
     * Returns the directory behind the name of a model that the server was started with, or behind the base of a tuned model of a project.
     *
     * @throws Refusal 400 where the project knows none
     */
    public String directory(String project, String model) {
        return models.containsKey(model)
                ? directory(model)
                : jobs.model(project, model).map(one -> one.start().model()).orElseThrow(() -> none(model));
    }

    /** Has a request that names a tuned model, or a checkpoint, where others name a base go on from that model's adapter. */
    public JobRequest resolved(JobRequest request) {
        return models.containsKey(request.base())
                ? request
                : jobs.model(request.project(), request.base())
                        .map(request::from)
                        .orElse(request);
    }

    /**
     * Reads the suffix that the tuned model's name gets, white space in it as dashes; null where it is left out.
     *
     * @param longest characters that a client may give
     */
    public static @Nullable String suffix(Asked asked, int longest) {
        String given = asked.text("suffix", longest);
        if (given == null) {
            return null;
        }
        String ours = given.strip().replaceAll("\\s+", "-");
        if (!SUFFIX.matcher(ours).matches() || ours.matches("\\.+")) {
            throw Asked.refusal(
                    "Invalid 'suffix': it may hold letters and digits of ASCII, dots, dashes, underscores and spaces.",
                    "suffix",
                    "invalid_value");
        }
        return ours;
    }

    /**
     * Reads the suffix of a tuned model's name as this server can write it; null where it is left out.
     *
     * @param table whose field {@code suffix} says what became of it
     * @param told gets that sentence
     */
    public static @Nullable String suffix(Asked asked, FieldTable table, List<String> told) {
        String ours = suffix(asked, LONGEST_SUFFIX);
        String given = asked.node().path("suffix").asText();
        if (ours != null && !ours.equals(given)) {
            told.add(table.field("suffix").told("\"" + given + "\"", ours));
        }
        return ours;
    }

    /**
     * Takes a job in for the caller; a call that repeats an earlier one, by its Idempotency-Key or as a client's second try, answers with the job of
     * that one.
     *
     * @param body of the call, by which a repeated one is known
     * @throws Refusal 400 where a file isn't there or isn't for training; see {@link Jobs#create}
     */
    public Job create(Context ctx, JsonNode body, JobRequest request) {
        Access.require(ctx, Scope.TRAIN);
        requireFiles(request);
        return jobs.create(resolved(request), call(ctx, body));
    }

    /**
     * Refuses a job whose files aren't there or aren't for training.
     *
     * @throws Refusal of status 400 about the field
     */
    public void requireFiles(JobRequest request) {
        requireRows(request.project(), names.training(), request.trainingFile());
        if (request.validationFile() != null) {
            requireRows(request.project(), names.validation(), request.validationFile());
        }
    }

    private void requireRows(String project, String field, String id) {
        StoredFile file = files.find(project, id)
                .orElseThrow(
                        () -> Asked.refusal("invalid " + field + ": " + Shortened.of(id), field, "invalid_" + field));
        if (!file.label().purpose().equals(StoredFile.FINE_TUNE)) {
            throw Asked.refusal(
                    "invalid " + field + ": " + id + " has the purpose '"
                            + file.label().purpose() + "', but must have the purpose 'fine-tune'.",
                    field,
                    "invalid_" + field);
        }
    }

    /**
     * Reads what distinguishes a repeated call from a new one.
     *
     * @throws Refusal 400 where the Idempotency-Key is empty or too long
     */
    public static Call call(Context ctx, JsonNode body) {
        String key = ctx.header("Idempotency-Key");
        if (key != null && (key.isBlank() || key.length() > LONGEST_KEY)) {
            throw Asked.refusal(
                    "Idempotency-Key must have 1 to " + LONGEST_KEY + " characters.",
                    "Idempotency-Key",
                    "invalid_value");
        }
        String retries = ctx.header("x-stainless-retry-count");
        return new Call(
                Hashing.sha256()
                        .hashString(Json.text(body), StandardCharsets.UTF_8)
                        .toString(),
                key,
                retries != null && retries.matches("0*[1-9]\\d{0,8}"));
    }

    /** Finds a job of the caller's project by our own id; see {@link #find(Context, Scope, String, UnaryOperator)}. */
    public Job find(Context ctx, Scope scope, String id) {
        return find(ctx, scope, id, UnaryOperator.identity());
    }

    /**
     * Finds a job of the caller's project.
     *
     * @param scope that the caller must have
     * @param id as the door's clients write it
     * @param ours makes our id of theirs
     * @throws Refusal 404 where the project has none of this id
     */
    public Job find(Context ctx, Scope scope, String id, UnaryOperator<String> ours) {
        Access.require(ctx, scope);
        return jobs.find(Access.caller(ctx).project(), ours.apply(id))
                .orElseThrow(() -> new Refusal(404, "Could not find fine tune: " + Shortened.of(id))
                        .about("fine_tune_id", "fine_tune_not_found"));
    }
}
