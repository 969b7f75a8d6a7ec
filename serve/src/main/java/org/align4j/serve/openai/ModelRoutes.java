package org.align4j.serve.openai;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.Refusal;

/** Answers {@code /v1/models}: those that the server was started with, and those that jobs of the caller's project made. */
final class ModelRoutes {
    /** When models that came with the server were made; nobody else knows either. */
    private static final long BASES_CREATED = 1_686_935_002L;

    private final Jobs jobs;
    private final Map<String, String> bases;

    ModelRoutes(Jobs jobs, Map<String, String> bases) {
        this.jobs = jobs;
        this.bases = bases;
    }

    void mount(RoutesConfig routes, String root) {
        routes.get(root + "/models", this::list);
        // Names may hold slashes.
        routes.get(root + "/models/<name>", this::retrieve);
        routes.delete(root + "/models/<name>", this::delete);
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        List<Map<String, Object>> data = new ArrayList<>();
        new TreeSet<>(bases.keySet()).forEach(name -> data.add(base(name)));
        jobs.models(Access.caller(ctx).project()).forEach(model -> data.add(tuned(model)));
        ctx.json(Map.of("object", "list", "data", data));
    }

    private void retrieve(Context ctx) {
        Access.require(ctx, Scope.READ);
        String name = ctx.pathParam("name");
        ctx.json(
                bases.containsKey(name)
                        ? base(name)
                        : jobs.model(Access.caller(ctx).project(), name)
                                .map(ModelRoutes::tuned)
                                .orElseThrow(() -> none(name)));
    }

    private static Refusal none(String name) {
        return new Refusal(404, "The model '" + Shortened.of(name) + "' does not exist")
                .about("model", "model_not_found");
    }

    private void delete(Context ctx) {
        Access.require(ctx, Scope.TRAIN);
        String name = ctx.pathParam("name");
        if (bases.containsKey(name)) {
            throw new Refusal(
                            403,
                            "The model " + Shortened.of(name)
                                    + " belongs to the server; start it without that name in --models to withdraw it.")
                    .about("model", "model_not_deletable");
        }
        String project = Access.caller(ctx).project();
        if (!jobs.delete(project, name)) {
            throw none(name);
        }
        ctx.json(Map.of("id", name, "object", "model", "deleted", true));
    }

    private static Map<String, Object> base(String name) {
        return document(name, BASES_CREATED, "system");
    }

    private static Map<String, Object> tuned(TunedModel model) {
        return document(model.name(), model.created().getEpochSecond(), "org-local");
    }

    private static Map<String, Object> document(String id, long created, String owner) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", id);
        document.put("object", "model");
        document.put("created", created);
        document.put("owned_by", owner);
        return document;
    }
}
