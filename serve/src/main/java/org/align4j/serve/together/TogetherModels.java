package org.align4j.serve.together;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Caller;
import org.align4j.serve.access.Scope;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.Refusal;

/**
 * Answers who is asking ({@code /v3/whoami}) and which models there are: those of the server, and those that jobs of the caller's project made
 * ({@code /v2/projects/…/models}), the older list of both beside them ({@code /v1/models}).
 */
final class TogetherModels {
    private static final String MODELS = Together.PREFIX + "/v2/projects/{project}/models";

    /** When models that came with the server were made; nobody else knows either. */
    private static final Instant BASES_CREATED = Instant.ofEpochSecond(1_686_935_002L);

    private final ModelNames names;
    private final Shelf shelf;

    TogetherModels(ModelNames names, Shelf shelf) {
        this.names = names;
        this.shelf = shelf;
    }

    void mount(RoutesConfig routes) {
        routes.get(Together.PREFIX + "/v3/whoami", ctx -> ctx.json(caller(Access.caller(ctx))));
        routes.get(Together.ROOT + "/models", this::listAll);
        routes.get(MODELS, this::listTuned);
        // Names hold slashes.
        routes.get(MODELS + "/<name>", ctx -> ctx.json(tuned(find(ctx, Scope.READ))));
        routes.delete(MODELS + "/<name>", this::delete);
    }

    private static Map<String, Object> caller(Caller caller) {
        String project = caller.project();
        return Map.of(
                "type",
                "project_api_key",
                "api_key",
                Map.of("id", caller.key()),
                "organization",
                Map.of("id", "local", "name", "local"),
                "project",
                Map.of("id", project, "name", project, "slug", project));
    }

    private void listAll(Context ctx) {
        Access.require(ctx, Scope.READ);
        List<Object> all = new ArrayList<>();
        shelf.names().forEach(name -> all.add(model(name, BASES_CREATED, "system")));
        String project = Access.caller(ctx).project();
        names.jobs().models(project).forEach(model -> all.add(model(ModelNames.of(model), model.created(), project)));
        ctx.json(all);
    }

    private Map<String, Object> model(String name, Instant created, String owner) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", name);
        document.put("object", "model");
        document.put("created", created.getEpochSecond());
        document.put("type", "chat");
        document.put("display_name", name);
        document.put("organization", owner);
        shelf.base(name).ifPresent(model -> document.put("context_length", model.maxLength()));
        document.put("running", true);
        return document;
    }

    /** Refuses another project than the caller's. */
    private static String project(Context ctx) {
        String asked = ctx.pathParam("project");
        String own = Access.caller(ctx).project();
        if (!asked.equals(own)) {
            throw new Refusal(404, "There is no project " + Shortened.of(asked) + " that this key sees.")
                    .about("project_id", "project_not_found");
        }
        return own;
    }

    private void listTuned(Context ctx) {
        Access.require(ctx, Scope.READ);
        List<Object> data = new ArrayList<>();
        names.jobs().models(project(ctx)).forEach(model -> data.add(tuned(model)));
        ctx.json(Map.of("object", "list", "data", data));
    }

    private TunedModel find(Context ctx, Scope scope) {
        Access.require(ctx, scope);
        String name = ctx.pathParam("name");
        return names.find(project(ctx), name)
                .orElseThrow(() -> new Refusal(404, "There is no model " + Shortened.of(name) + " in this project.")
                        .about("id", "model_not_found"));
    }

    private void delete(Context ctx) {
        TunedModel model = find(ctx, Scope.TRAIN);
        names.jobs().delete(model.project(), model.name());
        ctx.json(Map.of("id", ModelNames.of(model), "deleted", true));
    }

    private static Map<String, Object> tuned(TunedModel model) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", ModelNames.of(model));
        document.put("name", ModelNames.of(model));
        document.put("organizationId", "local");
        document.put("projectId", model.project());
        document.put("visibility", "VISIBILITY_PRIVATE");
        document.put("weights", Map.of("type", "WEIGHTS_TYPE_ADAPTER"));
        document.put("baseModelId", model.start().base());
        document.put("createdAt", model.created().toString());
        document.put("updatedAt", model.created().toString());
        return document;
    }
}
