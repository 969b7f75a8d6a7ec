package org.align4j.serve.mistral;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.job.TunedModel;
import org.align4j.serve.mistral.ModelNotes.Note;
import org.align4j.web.Body;
import org.align4j.web.Refusal;

/**
 * Answers {@code /mistral/v1/models} and {@code /mistral/v1/fine_tuning/models}.
 *
 * @param jobs that made the tuned models
 * @param notes what clients say of tuned models
 * @param bases directories by the names of the models that the server was started with
 */
record MistralModelRoutes(Jobs jobs, ModelNotes notes, Map<String, String> bases) {
    private static final int LONGEST = 4096;

    void mount(RoutesConfig routes) {
        routes.get(Mistral.ROOT + "/models", this::list);
        // Names may hold slashes.
        routes.get(Mistral.ROOT + "/models/<model>", this::retrieve);
        routes.delete(Mistral.ROOT + "/models/<model>", this::delete);
        String tuned = Mistral.ROOT + "/fine_tuning/models/<model>";
        routes.post(tuned + "/archive", ctx -> archive(ctx, true));
        routes.delete(tuned + "/archive", ctx -> archive(ctx, false));
        routes.patch(tuned, Mistral.spoken(this::update));
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        String project = Access.caller(ctx).project();
        Map<String, Note> said = notes.of(project);
        List<Object> data = new ArrayList<>();
        new TreeSet<>(bases.keySet()).forEach(name -> data.add(MistralDocuments.base(name)));
        jobs.models(project)
                .forEach(model -> data.add(MistralDocuments.tuned(model, said.getOrDefault(model.name(), Note.NONE))));
        ctx.json(Map.of("object", "list", "data", data));
    }

    private void retrieve(Context ctx) {
        Access.require(ctx, Scope.READ);
        String name = ctx.pathParam("model");
        if (bases.containsKey(name)) {
            ctx.json(MistralDocuments.base(name));
        } else {
            TunedModel model = find(ctx, Scope.READ);
            ctx.json(MistralDocuments.tuned(model, notes.of(model.project(), name)));
        }
    }

    private TunedModel find(Context ctx, Scope scope) {
        Access.require(ctx, scope);
        String name = ctx.pathParam("model");
        return jobs.model(Access.caller(ctx).project(), name)
                .orElseThrow(() -> new Refusal(404, "No tuned model " + Shortened.of(name) + " in this project.")
                        .about("model", "model_not_found"));
    }

    private void delete(Context ctx) {
        if (bases.containsKey(ctx.pathParam("model"))) {
            throw new Refusal(
                            403,
                            "The model " + Shortened.of(ctx.pathParam("model"))
                                    + " belongs to the server; start it without that name in --models to withdraw it.")
                    .about("model", "model_not_deletable");
        }
        TunedModel model = find(ctx, Scope.TRAIN);
        jobs.delete(model.project(), model.name());
        ctx.json(Map.of("id", model.name(), "object", "model", "deleted", true));
    }

    private void archive(Context ctx, boolean archived) {
        TunedModel model = find(ctx, Scope.TRAIN);
        Note note = notes.of(model.project(), model.name());
        notes.keep(model.project(), model.name(), new Note(note.name(), note.description(), archived));
        ctx.json(Map.of("id", model.name(), "object", "model", "archived", archived));
    }

    private void update(Context ctx) throws IOException {
        TunedModel model = find(ctx, Scope.TRAIN);
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("name", "description"));
        Note before = notes.of(model.project(), model.name());
        String name = asked.text("name", LONGEST);
        String description = asked.text("description", LONGEST);
        Note note = new Note(
                name == null ? before.name() : name,
                description == null ? before.description() : description,
                before.archived());
        notes.keep(model.project(), model.name(), note);
        ctx.json(MistralDocuments.changed(model, note));
    }
}
