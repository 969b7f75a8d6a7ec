package org.align4j.serve.fireworks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.fireworks.FireworksFields.Lookup;
import org.align4j.serve.fireworks.FireworksFields.Sort;
import org.align4j.serve.fireworks.Resources.Kind;
import org.align4j.serve.fireworks.Resources.Resource;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.JobRequest;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.job.TunedModel;
import org.align4j.serve.store.Call;
import org.align4j.web.Body;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;

/**
 * Answers {@code …/dpoJobs} and {@code …/supervisedFineTuningJobs}.
 *
 * @param jobs that train
 * @param datasets whose rows they train on
 * @param resources what clients named
 * @param links by which figures are fetched without a key
 * @param names of models
 */
record FireworksJobs(Jobs jobs, FireworksDatasets datasets, Resources resources, Links links, FireworksNames names) {
    private static final int MOST = 10_000;

    void mount(RoutesConfig routes) {
        for (Sort sort : Sort.values()) {
            String root = Fireworks.ACCOUNT + "/" + sort.path();
            routes.post(root, ctx -> create(ctx, sort));
            routes.get(root, ctx -> list(ctx, sort));
            routes.get(root + "/{id}", ctx -> get(ctx, sort));
            routes.post(root + "/{id}", ctx -> verb(ctx, sort));
            routes.delete(root + "/{id}", ctx -> delete(ctx, sort));
        }
    }

    private static String idParameter(Sort sort) {
        return sort == Sort.DPO ? "dpoJobId" : "supervisedFineTuningJobId";
    }

    private void create(Context ctx, Sort sort) throws IOException {
        Access.require(ctx, Scope.TRAIN);
        String wanted = ctx.queryParam(idParameter(sort));
        for (String name : ctx.queryParamMap().keySet()) {
            if (!name.equals(idParameter(sort))) {
                throw Asked.refusal("Unknown parameter: '" + name + "'.", name, "unknown_parameter");
            }
        }
        JsonNode body = Body.json(ctx);
        String project = Access.caller(ctx).project();
        String start = sort == Sort.DPO ? "trainingConfig." : "";
        JobRequest request = FireworksFields.read(
                sort,
                body,
                project,
                new Lookup(
                        dataset -> datasets.rows(project, "dataset", dataset),
                        base -> names.requireBase(start + "baseModel", base),
                        tuned -> names.requireTuned(project, start + "warmStartFrom", tuned)));
        Call call = JobDoor.call(ctx, body);
        Resource named = wanted == null || wanted.isEmpty() ? null : reserved(project, sort, wanted, call);
        if (named != null && named.ours() != null) {
            ctx.json(document(ctx, sort, jobs.find(project, named.ours()).orElseThrow(() -> Resources.none(wanted))));
            return;
        }
        String model = request.suffix();
        if (model != null && resources.find(project, Kind.MODELS, model).isPresent()) {
            throw Resources.taken("models/" + model, start + "outputModel");
        }
        // What calls its job by a name makes one of it, though the server ends between the two.
        Job job = jobs.create(
                request,
                named == null
                        ? call
                        : new Call(call.digest(), named.document().path("call").asText(), false));
        if (named != null) {
            resources.keep(project, Kind.JOBS, new Resource(named.name(), job.id(), named.document(), named.created()));
        }
        String shown = model != null ? model : named != null ? named.name() : job.id();
        if (resources.find(project, Kind.MODELS, shown).isEmpty()) {
            resources.add(project, Kind.MODELS, shown, TunedModel.name(job), Json.object());
        }
        ctx.json(document(ctx, sort, job));
    }

    /**
     * Takes a name for a job that is to be made.
     *
     * @return the name, with the job's id where this call is a client's second try, whose first one made the job
     * @throws Refusal 409 where the name is another job's
     */
    private Resource reserved(String project, Sort sort, String id, Call call) {
        Optional<Resource> before = resources.find(project, Kind.JOBS, Resources.required(id, idParameter(sort)));
        if (before.isEmpty()) {
            ObjectNode document = Json.object();
            document.put("call", FreshId.fresh("call-"));
            document.put("digest", call.digest());
            resources.add(project, Kind.JOBS, id, null, document);
            return resources.find(project, Kind.JOBS, id).orElseThrow();
        }
        boolean same = before.get().document().path("digest").asText().equals(call.digest());
        if (before.get().ours() != null && !(call.retry() && same)) {
            throw Resources.taken(sort.path() + "/" + id, idParameter(sort));
        }
        return before.get();
    }

    private Map<String, ?> document(Context ctx, Sort sort, Job job) {
        String id = resources.nameOf(job.asked().project(), Kind.JOBS, job.id());
        return FireworksDocuments.job(sort, ctx.pathParam("account"), id, job);
    }

    private void list(Context ctx, Sort sort) {
        Access.require(ctx, Scope.READ);
        ctx.json(FireworksList.page(
                ctx,
                sort.path(),
                jobs.list(Access.caller(ctx).project(), null, MOST, Map.of()).items().stream()
                        .filter(job -> job.asked().method() == sort.method())
                        .map(job -> document(ctx, sort, job))
                        .toList()));
    }

    private Job find(Context ctx, Sort sort, Scope scope) {
        Access.require(ctx, scope);
        String project = Access.caller(ctx).project();
        String id = Fireworks.verb(ctx).get(0);
        String ours = resources.find(project, Kind.JOBS, id).map(Resource::ours).orElse(id);
        return jobs.find(project, ours)
                .filter(job -> job.asked().method() == sort.method())
                .orElseThrow(() -> Resources.none(sort.path() + "/" + id));
    }

    private void get(Context ctx, Sort sort) {
        Job job = find(ctx, sort, Scope.READ);
        String verb = Fireworks.verb(ctx).get(1);
        switch (verb) {
            case "" -> {
                FireworksList.requireWhole(ctx);
                ctx.json(document(ctx, sort, job));
            }
            case "getMetricsFileEndpoint" -> {
                List<String> results = job.outcome().resultFiles();
                if (results.isEmpty()) {
                    throw new Refusal(400, "The job has no figures yet; they are there once it is completed.")
                            .about("name", "FAILED_PRECONDITION");
                }
                Links.Link link = new Links.Link(job.asked().project(), results.get(0), "", 0);
                ctx.json(Map.of("signedUrl", links.make(ctx, link)));
            }
            default -> throw Fireworks.noVerb(verb);
        }
    }

    private void verb(Context ctx, Sort sort) {
        Job job = find(ctx, sort, Scope.TRAIN);
        String verb = Fireworks.verb(ctx).get(1);
        switch (verb) {
            case "cancel" -> {
                Job unused = jobs.cancel(job);
                ctx.json(Map.of());
            }
            case "resume" -> ctx.json(document(ctx, sort, jobs.resume(job)));
            default -> throw Fireworks.noVerb(verb);
        }
    }

    private void delete(Context ctx, Sort sort) {
        Job job = find(ctx, sort, Scope.TRAIN);
        String project = job.asked().project();
        jobs.remove(job);
        resources.forget(project, Kind.JOBS, resources.nameOf(project, Kind.JOBS, job.id()));
        resources.forget(project, Kind.MODELS, resources.nameOf(project, Kind.MODELS, TunedModel.name(job)));
        ctx.json(Map.of());
    }
}
