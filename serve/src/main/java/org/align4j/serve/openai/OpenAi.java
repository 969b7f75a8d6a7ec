package org.align4j.serve.openai;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Map;
import java.util.Optional;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.serve.job.Jobs;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;

/**
 * OpenAI's {@code /v1}.
 *
 * @param access lets callers in
 * @param files of the server's clients
 * @param uploads whose bytes come in parts
 * @param jobs that train
 * @param shelf of models that answer
 * @param models by the names that clients ask for
 * @param strict whether a paused job says {@code queued}
 */
public record OpenAi(
        Access access,
        StoredFiles files,
        Uploads uploads,
        Jobs jobs,
        Shelf shelf,
        Map<String, String> models,
        boolean strict)
        implements Routes {
    /** Takes a copy. */
    public OpenAi {
        models = Map.copyOf(models);
    }

    @Override
    public String prefix() {
        return "/v1";
    }

    @Override
    public Object refused(Refusal refusal) {
        return OpenAiErrors.document(refusal);
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before("/v1/*", access::identify);
        new FileRoutes(files, jobs::needs).mount(routes);
        new UploadRoutes(uploads, files).mount(routes);
        new JobRoutes(jobs, files, models, strict).mount(routes);
        new ModelRoutes(jobs, shelf, models).mount(routes);
        routes.before("/v1/chat/*", ctx -> Access.require(ctx, Scope.READ));
        routes.before("/v1/completions", ctx -> Access.require(ctx, Scope.READ));
        new ChatRoutes(shelf, this::tuned).mount(routes);
        Endpoints.mountRefusals(routes);
    }

    private Optional<Shelf.Tuned> tuned(Context ctx, String name) {
        return jobs.model(Access.caller(ctx).project(), name)
                .map(model -> new Shelf.Tuned(model.model(), model.adapter()));
    }
}
