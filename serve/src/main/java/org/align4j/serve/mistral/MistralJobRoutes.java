package org.align4j.serve.mistral;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobEvent;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.Jobs;
import org.align4j.web.Body;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code /mistral/v1/fine_tuning/jobs}.
 *
 * @param jobs that train
 * @param door that makes and finds them
 */
record MistralJobRoutes(Jobs jobs, JobDoor door) {
    private static final String JOBS = Mistral.ROOT + "/fine_tuning/jobs";
    private static final int MOST = 10_000;
    private static final List<String> STATES = List.of(
            "QUEUED",
            "STARTED",
            "VALIDATING",
            "VALIDATED",
            "RUNNING",
            "FAILED_VALIDATION",
            "FAILED",
            "SUCCESS",
            "CANCELLED",
            "CANCELLATION_REQUESTED");

    void mount(RoutesConfig routes) {
        routes.post(JOBS, Mistral.spoken(this::create));
        routes.get(JOBS, Mistral.spoken(this::list));
        routes.get(JOBS + "/{id}", ctx -> ctx.json(details(find(ctx, Scope.READ))));
        routes.post(JOBS + "/{id}/cancel", ctx -> change(ctx, jobs::cancel));
        routes.post(JOBS + "/{id}/start", ctx -> change(ctx, jobs::resume));
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        JsonNode body = Body.json(ctx);
        String project = Access.caller(ctx).project();
        JobRequest request = MistralFields.read(body, project, name -> door.directory(project, name));
        if (Boolean.TRUE.equals(MistralPaging.truth(ctx, "dry_run"))) {
            door.requireFiles(request);
            ctx.json(preview(door.resolved(request)));
        } else {
            ctx.json(document(door.create(ctx, body, request)));
        }
    }

    /** Says what a job would be, without making one. */
    private Map<String, Object> preview(JobRequest request) {
        Jobs.Preview preview = jobs.preview(request);
        if (preview.fault() != null) {
            throw Asked.refusal(
                    preview.fault().message(), "training_files", preview.fault().code());
        }
        Object steps = request.options().get("max-steps");
        Object epochs = request.options().getOrDefault("epochs", 1.0);
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("object", "job.metadata");
        document.put("details", "A dry run: the files can be trained on, and no job was made.");
        document.put("deprecated", false);
        document.put("epochs", steps instanceof Number count ? count.doubleValue() / preview.stepsAnEpoch() : epochs);
        document.put(
                "training_steps",
                steps == null
                        ? Long.valueOf((long) Math.ceil(((Number) epochs).doubleValue() * preview.stepsAnEpoch()))
                        : steps);
        document.put("cost", 0.0);
        return document;
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        MistralPaging paging = MistralPaging.read(
                ctx,
                List.of(
                        "model",
                        "created_after",
                        "created_before",
                        "created_by_me",
                        "status",
                        "wandb_project",
                        "wandb_name",
                        "suffix"));
        if (Boolean.TRUE.equals(MistralPaging.truth(ctx, "created_by_me"))) {
            throw Asked.refusal(
                    "created_by_me is true, but jobs don't keep whose key made them; leave it out for the project's.",
                    "created_by_me",
                    "unsupported_parameter");
        }
        Predicate<Job> wanted = wanted(ctx);
        List<Job> found = jobs.list(Access.caller(ctx).project(), null, MOST, Map.of()).items().stream()
                .filter(wanted)
                .toList();
        ctx.json(paging.list(found, this::document));
    }

    private static Predicate<Job> wanted(Context ctx) {
        String status = ctx.queryParam("status");
        if (status != null && !STATES.contains(status)) {
            throw Asked.refusal(
                    "status is '" + Shortened.of(status) + "' but must be one of " + String.join(", ", STATES) + ".",
                    "status",
                    "invalid_value");
        }
        Instant after = time(ctx, "created_after");
        Instant before = time(ctx, "created_before");
        String model = ctx.queryParam("model");
        String suffix = ctx.queryParam("suffix");
        String project = ctx.queryParam("wandb_project");
        String name = ctx.queryParam("wandb_name");
        return job -> (status == null || status.equals(MistralDocuments.status(job)))
                && (after == null || job.standing().created().isAfter(after))
                && (before == null || job.standing().created().isBefore(before))
                && (model == null || model.equals(job.asked().started()))
                && (suffix == null || suffix.equals(job.asked().suffix()))
                && (project == null || MistralFields.integrates(job.asked(), "project", project))
                && (name == null || MistralFields.integrates(job.asked(), "name", name));
    }

    private static @Nullable Instant time(Context ctx, String name) {
        String text = ctx.queryParam(name);
        try {
            // Clients write times without a zone too, and mean UTC.
            String zoned = text == null || text.matches(".*(Z|[+-]\\d\\d:\\d\\d)") ? text : text + "Z";
            return zoned == null ? null : OffsetDateTime.parse(zoned).toInstant();
        } catch (DateTimeException wrong) {
            throw new Refusal(
                            400,
                            name + " is '" + Shortened.of(text) + "' but must be a time, such as 2026-01-31T12:00:00Z.")
                    .about(name, "invalid_value");
        }
    }

    private Job find(Context ctx, Scope scope) {
        return door.find(ctx, scope, ctx.pathParam("id"));
    }

    private void change(Context ctx, UnaryOperator<Job> change) {
        ctx.json(details(change.apply(find(ctx, Scope.TRAIN))));
    }

    private Map<String, Object> document(Job job) {
        return MistralDocuments.job(job, jobs.events(job, null, 1).items().get(0));
    }

    private Map<String, Object> details(Job job) {
        List<JobEvent> events = jobs.events(job, null, MOST).items();
        Map<String, Object> document = MistralDocuments.job(job, Objects.requireNonNull(events.get(0)));
        document.put("events", events.stream().map(MistralDocuments::event).toList());
        document.put(
                "checkpoints",
                jobs.checkpoints(job, null, MOST).items().stream()
                        .map(MistralDocuments::checkpoint)
                        .toList());
        return document;
    }
}
