package org.align4j.serve.together;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.align4j.serve.access.Access;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.files.FileVerdicts;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.serve.job.Jobs;
import org.align4j.serve.openai.Answers;
import org.align4j.serve.openai.ChatRoutes;
import org.align4j.serve.openai.OpenAiErrors;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;

/**
 * Together's API below {@code /together}.
 *
 * @param access lets callers in
 * @param files of the server's clients
 * @param uploads whose bytes come in parts
 * @param jobs that train
 * @param shelf of models that answer
 * @param answers of those models
 * @param models by the names that clients ask for
 * @param folder of the server
 */
public record Together(
        Access access,
        StoredFiles files,
        Uploads uploads,
        Jobs jobs,
        Shelf shelf,
        Answers answers,
        Map<String, String> models,
        Path folder)
        implements Routes {
    static final String PREFIX = "/together";
    static final String ROOT = PREFIX + "/v1";

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    /** Takes a copy. */
    public Together {
        models = Map.copyOf(models);
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public Object refused(Refusal refusal) {
        return OpenAiErrors.document(refusal);
    }

    @Override
    public void mount(RoutesConfig routes) {
        for (String version : List.of("/v1", "/v2", "/v3")) {
            routes.before(PREFIX + version + "/*", this::identify);
        }
        ModelNames names = new ModelNames(jobs);
        JobDoor door = new JobDoor(jobs, files, models, JobDoor.Names.OPENAI);
        Tickets tickets = new Tickets(InstantSource.system());
        TogetherFiles single = new TogetherFiles(files, tickets, new ValidationReports(new FileVerdicts()));
        single.mount(routes);
        new PartRoutes(uploads, files, single, tickets).mount(routes);
        new TogetherJobs(jobs, files, door, new ModelLimits(shelf, names)).mount(routes);
        routes.get(ROOT + "/finetune/download", new ModelArchives(door, names, folder)::answer);
        new TogetherModels(names, shelf).mount(routes);
        Answers ours = answers.by((project, name) ->
                names.find(project, name).map(model -> new Shelf.Tuned(model.model(), model.adapter())));
        new ChatRoutes(ours).mount(routes, ROOT, TogetherChat::read);
        mountRefusals(routes);
    }

    /** The client reads a 401 of an announced upload as an unpaid bill, so that one is 403. */
    private void identify(Context ctx) {
        try {
            access.identify(ctx);
        } catch (Refusal refusal) {
            boolean announces = ctx.path().equals(TogetherFiles.FILES)
                    && ctx.method().name().equals("POST");
            throw refusal.status() == UNAUTHORIZED && announces
                    ? new Refusal(FORBIDDEN, refusal.message()).about(refusal.param(), refusal.code())
                    : refusal;
        }
    }

    private static void mountRefusals(RoutesConfig routes) {
        Handler preview = refusing(
                "Rows aren't previewed as tokens here; align render FILE --model MODEL shows what a model is given.");
        routes.post(TogetherJobs.JOBS + "/preview", preview);
        routes.get(
                TogetherJobs.JOBS + "/{id}/download-tokenized-dataset",
                refusing("Rows aren't kept as tokens here; align tokenize makes them."));
        Handler batches = refusing("Batches aren't served below /together; send them to /v1/batches.");
        routes.post(ROOT + "/batches", batches);
        routes.get(ROOT + "/batches", batches);
        routes.get(ROOT + "/batches/{id}", batches);
        routes.post(ROOT + "/batches/{id}/cancel", batches);
    }

    private static Handler refusing(String why) {
        return ctx -> {
            throw new Refusal(404, why).about(null, "unsupported_endpoint");
        };
    }
}
