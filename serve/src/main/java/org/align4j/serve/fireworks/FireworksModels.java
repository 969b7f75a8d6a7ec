package org.align4j.serve.fireworks;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.fireworks.FireworksFields.Sort;
import org.align4j.serve.fireworks.Resources.Kind;
import org.align4j.serve.job.Job;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.Refusal;

/**
 * Answers {@code …/models}: those that the server was started with, and those that jobs of the caller's project made.
 *
 * @param jobs that made the tuned models
 * @param resources what clients named
 * @param models directories by the names that the server was started with
 */
record FireworksModels(Jobs jobs, Resources resources, Map<String, String> models) {
    private static final String MODELS = Fireworks.ACCOUNT + "/models";

    void mount(RoutesConfig routes) {
        routes.get(MODELS, this::list);
        routes.get(MODELS + "/{id}", this::get);
        routes.delete(MODELS + "/{id}", this::delete);
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        List<Map<String, ?>> all = new ArrayList<>();
        new TreeSet<>(models.keySet()).forEach(name -> all.add(base(ctx, name)));
        jobs.models(Access.caller(ctx).project()).stream()
                .filter(model -> model.step() == null)
                .forEach(model -> all.add(tuned(ctx, model)));
        ctx.json(FireworksList.page(ctx, "models", all));
    }

    private void get(Context ctx) {
        Access.require(ctx, Scope.READ);
        FireworksList.requireWhole(ctx);
        String id = ctx.pathParam("id");
        ctx.json(models.containsKey(id) ? base(ctx, id) : tuned(ctx, find(ctx)));
    }

    private TunedModel find(Context ctx) {
        String id = ctx.pathParam("id");
        return new FireworksNames(jobs, resources, models)
                .tuned(Access.caller(ctx).project(), id)
                .orElseThrow(() -> Resources.none("models/" + id));
    }

    private void delete(Context ctx) {
        Access.require(ctx, Scope.TRAIN);
        if (models.containsKey(ctx.pathParam("id"))) {
            throw new Refusal(
                            403,
                            "The model belongs to the server; start it without that name in --models to withdraw it.")
                    .about("name", "PERMISSION_DENIED");
        }
        TunedModel model = find(ctx);
        jobs.delete(model.project(), model.name());
        resources.forget(model.project(), Kind.MODELS, resources.nameOf(model.project(), Kind.MODELS, model.name()));
        ctx.json(Map.of());
    }

    private static Map<String, Object> base(Context ctx, String name) {
        Map<String, Object> document = document(ctx, name);
        document.put("kind", "HF_BASE_MODEL");
        document.put("displayName", name);
        document.put("tunable", true);
        return document;
    }

    private Map<String, Object> tuned(Context ctx, TunedModel model) {
        String account = "accounts/" + ctx.pathParam("account");
        Map<String, Object> document = document(ctx, resources.nameOf(model.project(), Kind.MODELS, model.name()));
        document.put("kind", "HF_PEFT_ADDON");
        document.put("displayName", model.name());
        document.put("createTime", model.created().toString());
        jobs.find(model.project(), model.job()).ifPresent(job -> {
            document.put("fineTuningJob", shown(account, job));
            Map<String, Object> details = new LinkedHashMap<>();
            details.put("baseModel", account + "/models/" + model.start().base());
            details.put("r", job.asked().options().getOrDefault("lora-rank", 16));
            details.put("targetModules", List.of(job.asked().options().getOrDefault("lora-targets", "all-linear")));
            document.put("peftDetails", details);
        });
        return document;
    }

    /** Names the job in the path of its sort; empty for one that no path of this door has. */
    private String shown(String account, Job job) {
        String id = resources.nameOf(job.asked().project(), Kind.JOBS, job.id());
        return Arrays.stream(Sort.values())
                .filter(sort -> sort.method() == job.asked().method())
                .map(sort -> account + "/" + sort.path() + "/" + id)
                .findFirst()
                .orElse("");
    }

    private static Map<String, Object> document(Context ctx, String id) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", "accounts/" + ctx.pathParam("account") + "/models/" + id);
        document.put("state", "READY");
        document.put("status", FireworksDocuments.status("OK", null));
        document.put("public", false);
        return document;
    }
}
