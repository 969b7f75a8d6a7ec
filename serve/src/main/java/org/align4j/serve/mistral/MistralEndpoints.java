package org.align4j.serve.mistral;

import static org.align4j.serve.door.Standing.HERE;
import static org.align4j.serve.door.Standing.OTHER;
import static org.align4j.serve.door.Standing.REFUSED;

import io.javalin.config.RoutesConfig;
import java.util.List;
import org.align4j.serve.door.Endpoint;

/** What becomes of the endpoints of Mistral's that fine-tuning and chats touch: the table that the documentation shows. */
final class MistralEndpoints {
    private static final String NO_LINKS =
            "Links that work without a key aren't made here; download the file with one.";
    private static final String NO_FIM = "Models here don't fill gaps in code; ask for a chat.";
    private static final String NO_BATCHES =
            "Mistral's batches aren't served here; /v1/batches speaks OpenAI's format.";

    /** All endpoints below {@code /mistral/v1}, in the order of Mistral's reference. */
    static final List<Endpoint> TABLE = List.of(
            new Endpoint("POST", "/files", HERE, "purposes fine-tune and batch; 512 MB; rows are checked at once"),
            new Endpoint("GET", "/files", HERE, "page, page_size, include_total, sample_type, source, search, purpose"),
            new Endpoint("GET", "/files/{id}", HERE, ""),
            new Endpoint(
                    "DELETE",
                    "/files/{id}",
                    OTHER,
                    "gone for clients at once; a job that began keeps its rows to its end"),
            new Endpoint("GET", "/files/{id}/content", HERE, ""),
            new Endpoint("GET", "/files/{id}/url", REFUSED, NO_LINKS),
            new Endpoint(
                    "POST", "/fine_tuning/jobs", HERE, "fields below; dry_run examines the files and makes no job"),
            new Endpoint(
                    "GET",
                    "/fine_tuning/jobs",
                    HERE,
                    "page, page_size, model, created_after, created_before, status, suffix, wandb_project, wandb_name;"
                            + " created_by_me true is refused, for jobs don't keep whose key made them; the newest 10,000 jobs"),
            new Endpoint("GET", "/fine_tuning/jobs/{id}", HERE, "with events and checkpoints, the newest first"),
            new Endpoint(
                    "POST", "/fine_tuning/jobs/{id}/start", HERE, "a job that is held, or was paused by another door"),
            new Endpoint("POST", "/fine_tuning/jobs/{id}/cancel", HERE, ""),
            new Endpoint("PATCH", "/fine_tuning/models/{model}", HERE, "name, description"),
            new Endpoint(
                    "POST", "/fine_tuning/models/{model}/archive", OTHER, "this door's chats refuse the model then"),
            new Endpoint("DELETE", "/fine_tuning/models/{model}/archive", HERE, ""),
            new Endpoint("GET", "/models", OTHER, "max_context_length isn't said; clients show 32768 of their own"),
            new Endpoint("GET", "/models/{model}", OTHER, "as in the list"),
            new Endpoint("DELETE", "/models/{model}", HERE, "tuned ones"),
            new Endpoint("POST", "/chat/completions", HERE, "fields below"),
            new Endpoint("POST", "/fim/completions", REFUSED, NO_FIM),
            new Endpoint("POST", "/batch/jobs", REFUSED, NO_BATCHES),
            new Endpoint("GET", "/batch/jobs", REFUSED, NO_BATCHES),
            new Endpoint("GET", "/batch/jobs/{id}", REFUSED, NO_BATCHES));

    private MistralEndpoints() {}

    /** Adds handlers that say why an endpoint is refused. */
    static void mountRefusals(RoutesConfig routes) {
        Endpoint.mountRefusals(routes, TABLE, path -> Mistral.ROOT + path, "unsupported_endpoint");
    }
}
