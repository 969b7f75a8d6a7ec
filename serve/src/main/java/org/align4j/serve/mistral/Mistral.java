package org.align4j.serve.mistral;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.serve.access.Access;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.Endpoint;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.files.StoredFiles;
import org.align4j.serve.job.Jobs;
import org.align4j.web.Refusal;
import org.align4j.web.Routes;
import org.jspecify.annotations.Nullable;

/**
 * Mistral's {@code /v1} below {@code /mistral}.
 *
 * @param access lets callers in
 * @param files of the server's clients
 * @param jobs that train
 * @param chats that are answered
 * @param notes what clients say of tuned models
 * @param models directories by the names that clients ask for
 */
public record Mistral(
        Access access, StoredFiles files, Jobs jobs, ChatRoutes chats, ModelNotes notes, Map<String, String> models)
        implements Routes {
    static final String ROOT = "/mistral/v1";

    /** What becomes of each endpoint below {@link #ROOT}, in the order of Mistral's reference. */
    static final List<Endpoint> ENDPOINTS = Endpoint.table(Mistral.class);

    private static final int BAD_REQUEST = 400;
    private static final int INVALID = 422;

    /** Takes a copy. */
    public Mistral {
        models = Map.copyOf(models);
    }

    @Override
    public String prefix() {
        return "/mistral";
    }

    @Override
    public Object refused(Refusal refusal) {
        return document(refusal);
    }

    /** Writes a refusal: what is wrong with a request as a list of details, anything else as an error. */
    static Object document(Refusal refusal) {
        if (refusal.status() == INVALID) {
            List<String> place = new ArrayList<>(List.of("body"));
            if (refusal.param() != null) {
                place.addAll(List.of(refusal.param().split("[.\\[\\]]+", -1)));
                place.removeIf(String::isEmpty);
            }
            Map<String, Object> detail = new LinkedHashMap<>();
            detail.put("type", String.valueOf(refusal.code()));
            detail.put("loc", place);
            detail.put("msg", refusal.message());
            return Map.of("detail", List.of(detail));
        }
        Map<String, @Nullable Object> error = new LinkedHashMap<>();
        error.put("object", "error");
        error.put("message", refusal.message());
        error.put("type", refusal.status() >= 500 ? "server_error" : "invalid_request_error");
        error.put("param", refusal.param());
        error.put("code", refusal.code());
        return error;
    }

    /** Answers with 422 where a field of the request is to blame, as Mistral does. */
    static Handler spoken(Handler handler) {
        return ctx -> {
            try {
                handler.handle(ctx);
            } catch (Refusal refusal) {
                throw refusal.status() == BAD_REQUEST && refusal.param() != null
                        ? new Refusal(INVALID, refusal.message()).about(refusal.param(), refusal.code())
                        : refusal;
            }
        };
    }

    @Override
    public void mount(RoutesConfig routes) {
        routes.before("/mistral/*", access::identify);
        JobDoor door =
                new JobDoor(jobs, files, models, new JobDoor.Names("model", "training_files", "validation_files"));
        new MistralFileRoutes(files).mount(routes);
        new MistralJobRoutes(jobs, door).mount(routes);
        new MistralModelRoutes(jobs, notes, models).mount(routes);
        new MistralChat(chats, notes).mount(routes);
        Endpoint.mountRefusals(routes, ENDPOINTS, path -> ROOT + path, "unsupported_endpoint");
    }
}
