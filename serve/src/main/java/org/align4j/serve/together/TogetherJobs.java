package org.align4j.serve.together;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobEvent;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.together.ValidationReports.Format;
import org.align4j.web.Body;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Answers {@code /together/v1/fine-tunes}: jobs, from the question for their limits and their price to their figures and their end. */
final class TogetherJobs {
    static final String JOBS = Together.ROOT + "/fine-tunes";

    private static final int PAGE = 1000;
    private static final int MOST_LISTED = 10_000;
    private static final int LONGEST = 1000;

    private final Jobs jobs;
    private final StoredFiles files;
    private final JobDoor door;
    private final ModelNames names;
    private final ModelLimits limits;

    TogetherJobs(Jobs jobs, StoredFiles files, JobDoor door, ModelLimits limits) {
        this.jobs = jobs;
        this.files = files;
        this.door = door;
        this.names = new ModelNames(jobs);
        this.limits = limits;
    }

    void mount(RoutesConfig routes) {
        routes.get(JOBS + "/models/limits", limits::answer);
        routes.post(JOBS + "/estimate-price", this::price);
        routes.post(JOBS, this::create);
        routes.get(JOBS, this::list);
        routes.get(JOBS + "/{id}", this::retrieve);
        routes.delete(JOBS + "/{id}", this::delete);
        routes.post(JOBS + "/{id}/cancel", ctx -> ctx.json(TogetherDocuments.job(jobs.cancel(find(ctx, Scope.TRAIN)))));
        routes.get(JOBS + "/{id}/events", ctx -> {
            Job job = find(ctx, Scope.READ);
            ctx.json(Map.of("data", TogetherDocuments.events(job, events(job))));
        });
        routes.get(JOBS + "/{id}/checkpoints", this::checkpoints);
        routes.get(JOBS + "/{id}/metrics", this::metrics);
    }

    private Job find(Context ctx, Scope scope) {
        return door.find(ctx, scope, ctx.pathParam("id"), ModelNames::ours);
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        JsonNode body = Body.json(ctx);
        Asked asked = TogetherFields.known(body);
        String project = Access.caller(ctx).project();
        String training = asked.requiredText("training_file", LONGEST);
        JobStart start = JobStart.of(asked, project, door, names);
        TogetherFields.Read read = TogetherFields.read(asked, rows(project, training));
        Map<String, Object> options = new LinkedHashMap<>(read.options());
        start.inherit(asked, options);
        JobRequest request = JobRequest.draft(project, read.method())
                .base(start.base(), start.directory())
                .rows(training, read.validationFile())
                .suffix(read.suffix())
                .seed(read.seed())
                .hyperparameters(read.hyperparameters())
                .options(options)
                .notes(read.notes())
                .origin(new JobRequest.Origin("together", read.document()))
                .build();
        ctx.json(TogetherDocuments.job(door.create(ctx, body, request)));
    }

    /** Counts the rows of a file and looks at the first; the file may be anybody's, which is refused later. */
    private TogetherFields.Rows rows(String project, String id) {
        Optional<StoredFile> file = files.find(project, id);
        if (file.isEmpty() || file.get().problem() != null) {
            return new TogetherFields.Rows(0, null);
        }
        long count = 0;
        Format format = null;
        try (BufferedReader lines = Files.newBufferedReader(file.get().content())) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    format = count == 0 ? Format.of(Json.read(line)) : format;
                    count++;
                }
            }
            return new TogetherFields.Rows(count, format);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private void price(Context ctx) throws IOException {
        Access.require(ctx, Scope.READ);
        Asked asked = Asked.request(Body.json(ctx))
                .requireKnown(List.of(
                        "training_file",
                        "validation_file",
                        "model",
                        "from_checkpoint",
                        "n_epochs",
                        "n_evals",
                        "training_method",
                        "training_type"));
        String project = Access.caller(ctx).project();
        String reason = unusable(project, asked, "training_file", "train_file_invalid");
        reason = reason == null ? unusable(project, asked, "validation_file", "eval_file_invalid") : reason;
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("estimation_available", reason == null);
        if (reason != null) {
            document.put("unavailable_reason", reason);
        } else {
            document.put("allowed_to_proceed", true);
            document.put("estimated_total_price", 0);
        }
        ctx.json(document);
    }

    private @Nullable String unusable(String project, Asked asked, String field, String reason) {
        String id = asked.node().path(field).asText("");
        if (id.isEmpty() && !field.equals("training_file")) {
            return null;
        }
        return files.find(project, id)
                        .filter(file ->
                                file.problem() == null && file.label().purpose().equals(StoredFile.FINE_TUNE))
                        .isPresent()
                ? null
                : reason;
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        List<Object> data = new ArrayList<>();
        jobs.list(Access.caller(ctx).project(), null, MOST_LISTED, Map.of())
                .items()
                .forEach(job -> data.add(TogetherDocuments.job(job)));
        ctx.json(Map.of("data", data));
    }

    private void retrieve(Context ctx) {
        Job job = find(ctx, Scope.READ);
        StoredFile file =
                files.find(job.asked().project(), job.asked().trainingFile()).orElse(null);
        ctx.json(TogetherDocuments.whole(job, jobs.run(job), file, events(job)));
    }

    private void delete(Context ctx) {
        Job job = find(ctx, Scope.TRAIN);
        if (!job.standing().state().isFinal()) {
            throw new Refusal(400, "Job " + ModelNames.id(job) + " hasn't ended; cancel it first.")
                    .about("id", "job_not_ended");
        }
        jobs.remove(job);
        ctx.json(Map.of("message", "Job " + ModelNames.id(job) + " and its models were deleted."));
    }

    /** Returns all that a job reported, the oldest first. */
    private List<JobEvent> events(Job job) {
        List<JobEvent> all = new ArrayList<>();
        String after = null;
        for (boolean more = true; more; ) {
            Jobs.Slice<JobEvent> slice = jobs.events(job, after, PAGE);
            all.addAll(slice.items());
            more = slice.more();
            after = all.isEmpty() ? null : all.get(all.size() - 1).id();
        }
        Collections.reverse(all);
        return all;
    }

    private void checkpoints(Context ctx) {
        Job job = find(ctx, Scope.READ);
        int last = jobs.run(job).path().toFile().isDirectory()
                ? jobs.run(job).metrics().lastStep()
                : 0;
        boolean ended = job.outcome().tunedModel() != null;
        List<Object> data = new ArrayList<>();
        jobs.models(job.asked().project()).stream()
                .filter(model -> model.job().equals(job.id()))
                .filter(model -> !ended || model.step() == null || model.step() != last)
                .forEach(model ->
                        data.add(TogetherDocuments.checkpoint(model, model.step() == null ? last : model.step())));
        Collections.reverse(data);
        ctx.json(Map.of("data", data));
    }

    private void metrics(Context ctx) {
        Job job = find(ctx, Scope.READ);
        for (String name : ctx.queryParamMap().keySet()) {
            if (!List.of("global_step_from", "global_step_to", "logged_at_from", "logged_at_to", "resolution")
                    .contains(name)) {
                throw Asked.refusal("Unknown parameter: '" + Shortened.of(name) + "'.", name, "unknown_parameter");
            }
        }
        long from = number(ctx, "global_step_from", 0);
        long to = number(ctx, "global_step_to", Long.MAX_VALUE);
        long since = time(ctx, "logged_at_from", Long.MIN_VALUE);
        long until = time(ctx, "logged_at_to", Long.MAX_VALUE);
        List<JobEvent> steps = events(job).stream()
                .filter(event -> event.kind() == JobEvent.Kind.METRICS)
                .filter(event -> event.step() >= from && event.step() <= to)
                .filter(event ->
                        event.time().getEpochSecond() >= since && event.time().getEpochSecond() <= until)
                .toList();
        ctx.json(Map.of(
                "metrics",
                sampled(steps, number(ctx, "resolution", Long.MAX_VALUE)).stream()
                        .map(TogetherDocuments::figures)
                        .toList()));
    }

    private static <T> List<T> sampled(List<T> all, long most) {
        if (all.size() <= most) {
            return all;
        }
        List<T> some = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            some.add(all.get(most == 1 ? all.size() - 1 : (int) ((long) i * (all.size() - 1) / (most - 1))));
        }
        return some;
    }

    private static long number(Context ctx, String name, long usual) {
        String given = ctx.queryParam(name);
        if (given == null) {
            return usual;
        }
        if (!given.matches("\\d{1,9}") || (name.equals("resolution") && Long.parseLong(given) == 0)) {
            throw Asked.refusal(
                    "'" + name + "' must be a whole number" + (name.equals("resolution") ? " above 0." : "."),
                    name,
                    "invalid_type");
        }
        return Long.parseLong(given);
    }

    private static long time(Context ctx, String name, long usual) {
        String given = ctx.queryParam(name);
        try {
            return given == null
                    ? usual
                    : OffsetDateTime.parse(given.replace(' ', '+')).toEpochSecond();
        } catch (DateTimeException unreadable) {
            throw Asked.refusal("'" + name + "' must be a time such as 2026-01-15T12:00:00Z.", name, "invalid_type");
        }
    }
}
