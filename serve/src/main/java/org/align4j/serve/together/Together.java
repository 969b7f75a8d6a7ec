package org.align4j.serve.together;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.align4j.serve.access.Access;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.door.Answers;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.Endpoint;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.door.OpenAiErrors;
import org.align4j.serve.files.FileVerdicts;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.serve.job.Jobs;
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

    private static final List<Endpoint> REFUSED_ENDPOINTS = Endpoint.table(Together.class);
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
        ModelArchives archives = new ModelArchives(door, names, folder);
        jobs.whenGone(archives::drop);
        routes.get(ROOT + "/finetune/download", archives::answer);
        new TogetherModels(names, shelf).mount(routes);
        Answers ours = answers.by((project, name) -> names.find(project, name)
                .map(model -> new Shelf.Tuned(model.start().model(), model.adapter())));
        new ChatRoutes(ours).mount(routes, ROOT, TogetherChat::read);
        Endpoint.mountRefusals(routes, REFUSED_ENDPOINTS, path -> ROOT + path, "unsupported_endpoint");
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
}
