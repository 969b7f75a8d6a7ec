package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.grade.Graders;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobCheckpoint;
import org.align4j.serve.job.JobEvent;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.Jobs;
import org.align4j.web.Body;
import org.jspecify.annotations.Nullable;

/** Answers {@code /v1/fine_tuning/jobs}. */
final class JobRoutes {
    private static final int USUAL = 20;
    private static final int USUAL_CHECKPOINTS = 10;

    private final Jobs jobs;
    private final JobDoor door;
    private final Graders graders;
    private final boolean strict;
    private final String dialect;

    /**
     * Routes to jobs.
     *
     * @param door that makes jobs
     * @param graders read those of reinforcement jobs
     * @param strict whether a paused job says {@code queued} to everybody
     * @param dialect the name of the door that these routes are at
     */
    JobRoutes(Jobs jobs, JobDoor door, Graders graders, boolean strict, String dialect) {
        this.jobs = jobs;
        this.door = door;
        this.graders = graders;
        this.strict = strict;
        this.dialect = dialect;
    }

    void mount(RoutesConfig routes, String root) {
        String all = root + "/fine_tuning/jobs";
        routes.post(all, this::create);
        routes.get(all, this::list);
        routes.get(all + "/{id}", ctx -> ctx.json(document(ctx, find(ctx, Scope.READ))));
        routes.post(all + "/{id}/cancel", ctx -> change(ctx, jobs::cancel));
        routes.post(all + "/{id}/pause", ctx -> change(ctx, jobs::pause));
        routes.post(all + "/{id}/resume", ctx -> change(ctx, jobs::resume));
        routes.get(all + "/{id}/events", this::events);
        routes.get(all + "/{id}/checkpoints", this::checkpoints);
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        JsonNode body = Body.json(ctx);
        JsonNode fields = body.deepCopy();
        JobRequest.Origin origin = dialect.equals(Azure.DOOR) ? Azure.origin(fields) : JobRequest.Origin.OPENAI;
        JobFields.Read read = JobFields.read(fields);
        String project = Access.caller(ctx).project();
        JobRequest request = read.request(
                        project, door.directory(project, read.inputs().model()))
                .by(origin, Azure.notes(origin));
        if (request.reinforcement() != null) {
            Object unused = graders.reader(request.project())
                    .read(new Asked(
                            "method.reinforcement.grader",
                            request.reinforcement().grader()));
        }
        ctx.json(document(ctx, door.create(ctx, body, request)));
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        Paging paging = Paging.read(ctx, USUAL, List.of("metadata"));
        Jobs.Slice<Job> slice = jobs.list(Access.caller(ctx).project(), paging.after(), paging.limit(), metadata(ctx));
        ctx.json(Paging.list(slice, job -> document(ctx, job)));
    }

    /** Reads {@code metadata[k]=v}, or {@code metadata=null} for those without any. */
    private static @Nullable Map<String, String> metadata(Context ctx) {
        Map<String, String> pairs = new LinkedHashMap<>();
        boolean none = false;
        for (Map.Entry<String, List<String>> entry : ctx.queryParamMap().entrySet()) {
            String name = entry.getKey();
            String value = entry.getValue().get(0);
            if (name.equals("metadata") && value.equals("null")) {
                none = true;
            } else if (name.startsWith("metadata[") && name.endsWith("]")) {
                pairs.put(name.substring("metadata[".length(), name.length() - 1), value);
            } else if (name.startsWith("metadata")) {
                throw Asked.refusal(
                        "metadata must be written metadata[key]=value, or metadata=null.", "metadata", "invalid_value");
            }
        }
        return none ? null : pairs;
    }

    private Job find(Context ctx, Scope scope) {
        return door.find(ctx, scope, ctx.pathParam("id"));
    }

    private void change(Context ctx, UnaryOperator<Job> change) {
        ctx.json(document(ctx, change.apply(find(ctx, Scope.TRAIN))));
    }

    private void events(Context ctx) {
        Job job = find(ctx, Scope.READ);
        Paging paging = Paging.read(ctx, USUAL, List.of());
        ctx.json(Paging.list(jobs.events(job, paging.after(), paging.limit()), JobRoutes::document));
    }

    private void checkpoints(Context ctx) {
        Job job = find(ctx, Scope.READ);
        Paging paging = Paging.read(ctx, USUAL_CHECKPOINTS, List.of());
        ctx.json(Paging.listWithEnds(
                jobs.checkpoints(job, paging.after(), paging.limit()), point -> document(job, point)));
    }

    private static Map<String, Object> document(JobEvent event) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("object", "fine_tuning.job.event");
        document.put("id", event.id());
        document.put("created_at", event.time().getEpochSecond());
        document.put("level", event.level().name().toLowerCase(Locale.ROOT));
        document.put("message", event.text());
        document.put("type", event.kind().name().toLowerCase(Locale.ROOT));
        document.put("data", event.data());
        return document;
    }

    private static Map<String, Object> document(Job job, JobCheckpoint point) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("object", "fine_tuning.job.checkpoint");
        document.put("id", point.id());
        document.put("created_at", point.time().getEpochSecond());
        document.put("fine_tuned_model_checkpoint", point.model());
        document.put("fine_tuning_job_id", job.id());
        document.put("metrics", point.metrics());
        document.put("step_number", point.step());
        return document;
    }

    private Map<String, Object> document(Context ctx, Job job) {
        return JobDocument.of(job, strict || "true".equals(ctx.header(ChatRoutes.STRICT)));
    }
}
