package org.align4j.serve.openai;

import io.javalin.config.RoutesConfig;
import java.util.List;
import java.util.Map;
import org.align4j.serve.access.Access;
import org.align4j.serve.batch.Batches;
import org.align4j.serve.door.Answers;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.Endpoint;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.door.OpenAiErrors;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.files.Uploads;
import org.align4j.serve.grade.Graders;
import org.align4j.serve.job.JobRequest;
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
 * @param answers of those models
 * @param graders of reinforcement jobs
 * @param batches of requests that may wait
 * @param models by the names that clients ask for
 * @param strict whether a paused job says {@code queued}
 */
public record OpenAi(
        Access access,
        StoredFiles files,
        Uploads uploads,
        Jobs jobs,
        Answers answers,
        Graders graders,
        Batches batches,
        Map<String, String> models,
        boolean strict)
        implements Routes {
    static final String ROOT = "/v1";

    /** What becomes of each endpoint of OpenAI's that fine-tuning and chats touch, in the order of its reference. */
    static final List<Endpoint> ENDPOINTS = Endpoint.table(OpenAi.class);

    /** Takes a copy. */
    public OpenAi {
        models = Map.copyOf(models);
    }

    @Override
    public String prefix() {
        return ROOT;
    }

    @Override
    public Object refused(Refusal refusal) {
        return OpenAiErrors.document(refusal);
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before(ROOT + "/*", access::identify);
        mount(routes, ROOT, JobRequest.Origin.OPENAI.door());
    }

    /** Returns what answers chats. */
    ChatRoutes chats() {
        return new ChatRoutes(answers, strict);
    }

    /** Adds the handlers below the root of another door that speaks the same format. */
    void mount(RoutesConfig routes, String root, String door) {
        new FileRoutes(files).mount(routes, root);
        new UploadRoutes(uploads, files).mount(routes, root);
        new JobRoutes(jobs, new JobDoor(jobs, files, models, JobDoor.Names.OPENAI), graders, strict, door)
                .mount(routes, root);
        new ModelRoutes(jobs, models).mount(routes, root);
        chats().mount(routes, root);
        new EmbeddingRoutes(answers).mount(routes, root);
        new ResponseRoutes(chats()).mount(routes, root);
        new GraderRoutes(graders).mount(routes, root);
        new BatchRoutes(batches, files).mount(routes, root);
        Endpoint.mountRefusals(routes, ENDPOINTS, path -> root + path.substring(ROOT.length()), "unsupported_endpoint");
    }
}
