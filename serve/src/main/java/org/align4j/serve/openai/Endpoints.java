package org.align4j.serve.openai;

import static org.align4j.serve.door.Standing.HERE;
import static org.align4j.serve.door.Standing.OTHER;
import static org.align4j.serve.door.Standing.REFUSED;

import io.javalin.config.RoutesConfig;
import java.util.List;
import org.align4j.serve.door.Endpoint;

/** What becomes of each endpoint of OpenAI's that fine-tuning and chats touch: the table that the documentation shows. */
final class Endpoints {
    private static final int BAD_REQUEST = 400;
    private static final String PERMISSIONS = "/v1/fine_tuning/checkpoints/{name}/permissions";
    private static final String NO_PERMISSIONS =
            "Checkpoints can't be shared with other projects here: one belongs to the project of its job.";

    /** All endpoints, in the order of OpenAI's reference. */
    static final List<Endpoint> TABLE = List.of(
            here(
                    "POST",
                    "/v1/files",
                    "purposes assistants, batch, fine-tune, vision, user_data; 512 MB; rows are checked at once"),
            here("GET", "/v1/files", "after, limit, order, purpose"),
            here("GET", "/v1/files/{id}", ""),
            new Endpoint(
                    "DELETE",
                    "/v1/files/{id}",
                    OTHER,
                    "gone for clients at once; a job that began keeps its rows to its end"),
            new Endpoint(
                    "GET",
                    "/v1/files/{id}/content",
                    OTHER,
                    "bytes as they are, of result files too; base64 with ?format=base64"),
            here("POST", "/v1/uploads", "8 GB, for an hour"),
            here("POST", "/v1/uploads/{id}/parts", "64 MB per part, side by side"),
            here("POST", "/v1/uploads/{id}/complete", "part_ids, md5"),
            here("POST", "/v1/uploads/{id}/cancel", ""),
            here("POST", "/v1/fine_tuning/jobs", "fields below; Idempotency-Key"),
            here("GET", "/v1/fine_tuning/jobs", "after, limit, metadata"),
            here("GET", "/v1/fine_tuning/jobs/{id}", ""),
            here("POST", "/v1/fine_tuning/jobs/{id}/cancel", ""),
            new Endpoint(
                    "POST",
                    "/v1/fine_tuning/jobs/{id}/pause",
                    OTHER,
                    "answers status paused, or queued with --strict-clients"),
            here("POST", "/v1/fine_tuning/jobs/{id}/resume", ""),
            here("GET", "/v1/fine_tuning/jobs/{id}/events", "newest first; after, limit"),
            here("GET", "/v1/fine_tuning/jobs/{id}/checkpoints", "newest first; after, limit"),
            refused("POST", PERMISSIONS, BAD_REQUEST, NO_PERMISSIONS),
            refused("GET", PERMISSIONS, BAD_REQUEST, NO_PERMISSIONS),
            refused("DELETE", PERMISSIONS + "/{id}", BAD_REQUEST, NO_PERMISSIONS),
            here("POST", "/v1/fine_tuning/alpha/graders/run", "graders: [reinforcement.md](serve/reinforcement.md)"),
            here("POST", "/v1/fine_tuning/alpha/graders/validate", ""),
            here("GET", "/v1/models", "those of --models, and the project's tuned ones"),
            here("GET", "/v1/models/{model}", ""),
            here("DELETE", "/v1/models/{model}", "tuned ones"),
            new Endpoint(
                    "POST",
                    "/v1/batches",
                    OTHER,
                    "requests to /v1/chat/completions and /v1/completions; 50,000 and 200 MB; answers in the order of the lines"),
            here("GET", "/v1/batches", "newest first; after, limit"),
            here("GET", "/v1/batches/{id}", ""),
            here("POST", "/v1/batches/{id}/cancel", "what was answered stays in output_file_id"));

    private Endpoints() {}

    private static Endpoint here(String method, String path, String says) {
        return new Endpoint(method, path, HERE, says);
    }

    private static Endpoint refused(String method, String path, int status, String says) {
        return new Endpoint(method, path, REFUSED, status, says);
    }

    /** Adds handlers below a root that say why an endpoint is refused. */
    static void mountRefusals(RoutesConfig routes, String root) {
        Endpoint.mountRefusals(
                routes, TABLE, path -> root + path.substring(OpenAi.ROOT.length()), "unsupported_endpoint");
    }
}
