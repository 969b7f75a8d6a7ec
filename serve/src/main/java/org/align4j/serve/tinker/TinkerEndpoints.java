package org.align4j.serve.tinker;

import static org.align4j.serve.door.Standing.HERE;
import static org.align4j.serve.door.Standing.OTHER;
import static org.align4j.serve.door.Standing.REFUSED;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.serve.door.Endpoint;

/** What becomes of the calls of tinker's SDK: the table that the documentation shows. */
final class TinkerEndpoints {
    private static final String NOT_PUBLIC =
            "Weights here are seen by the keys of their project only; copy the files instead.";
    private static final String NO_PROJECTS = "A session belongs to the project of the key that began it.";
    private static final String NO_BILLING = "Nothing is billed here; /metrics and the page count what was used.";

    /** All calls below {@code /api/v1}, in the order in which a program makes them. */
    static final List<Endpoint> TABLE = List.of(
            new Endpoint(
                    "POST",
                    "/client/config",
                    HERE,
                    "chunks of a call come in order (parallel_fwdbwd_chunks false), bodies as they are, 64 samples at a time"),
            new Endpoint("POST", "/client/dynamic_config", HERE, "samples can be cancelled"),
            new Endpoint("GET", "/healthz", HERE, ""),
            new Endpoint("GET", "/get_server_capabilities", HERE, "the names of --models"),
            new Endpoint("POST", "/telemetry", OTHER, "read and thrown away"),
            new Endpoint("POST", "/create_session", HERE, "project_id must be the key's own"),
            new Endpoint("POST", "/session_heartbeat", OTHER, "410 after finish; a session without heartbeat stays"),
            new Endpoint("POST", "/sessions/{id}/finish", OTHER, "ends the heartbeat; models and samplers stay"),
            new Endpoint("GET", "/sessions", HERE, "limit, offset"),
            new Endpoint("GET", "/sessions/{id}", HERE, ""),
            new Endpoint(
                    "POST",
                    "/create_model",
                    OTHER,
                    "LoRA with alpha 32 at any rank, which get_info says; an equal seed begins equally; rank to 512; adamw only (dimuon is refused)"),
            new Endpoint("POST", "/get_info", HERE, "tokenizer_id is the model's folder"),
            new Endpoint(
                    "POST",
                    "/forward_backward",
                    OTHER,
                    "cross_entropy (weights left out count 1), importance_sampling, ppo, cispo, dro, gspo (its token variant), all sums; stable_reinforce, custom, images and compressed bodies are refused"),
            new Endpoint(
                    "POST",
                    "/optim_step",
                    OTHER,
                    "AdamW; metrics gradient_norm and steps; optimizer_params are refused"),
            new Endpoint("POST", "/save_weights", HERE, "with the optimizer's state; left out, path is call-NUMBER"),
            new Endpoint(
                    "POST",
                    "/save_weights_for_sampler",
                    OTHER,
                    "of the unnamed ones of a model the newest 32 are kept; kind inflight is refused"),
            new Endpoint(
                    "POST",
                    "/save_weights_external",
                    HERE,
                    "PEFT's format; with age_encryption_recipients (X25519) each file is encrypted and ends in .age"),
            new Endpoint(
                    "POST",
                    "/load_weights",
                    OTHER,
                    "to a new model, or onto one of the same base, rank and targets; a gradient half gathered is dropped"),
            new Endpoint("POST", "/create_sampling_session", HERE, "of a base, or of weights of either kind"),
            new Endpoint("POST", "/join_sampling_session", HERE, ""),
            new Endpoint("GET", "/samplers/{id}", HERE, ""),
            new Endpoint(
                    "POST",
                    "/asample",
                    OTHER,
                    "1 to 128 samples; the end of the model ends an answer beside stop, unless stop is []; topk to 20; prompt_alt_tokens_k and record_stability_info are refused"),
            new Endpoint("POST", "/retrieve_future", HERE, "held 30 s; Protocol Buffers or JSON, as Accept says"),
            new Endpoint("POST", "/cancel_future", OTHER, "samples; a call of a model is made in any case"),
            new Endpoint("GET", "/training_runs", HERE, "limit, offset, project_id"),
            new Endpoint("GET", "/training_runs/{id}", HERE, ""),
            new Endpoint("GET", "/training_runs/{id}/checkpoints", HERE, ""),
            new Endpoint("GET", "/checkpoints", HERE, "limit, offset"),
            new Endpoint("POST", "/weights_info", HERE, ""),
            new Endpoint("POST", "/copy_weights", OTHER, "within the project; the bytes are copied"),
            new Endpoint("DELETE", "/training_runs/{id}/checkpoints/{kind}/{name}", HERE, ""),
            new Endpoint(
                    "PUT", "/training_runs/{id}/checkpoints/{kind}/{name}/ttl", HERE, "an hour to ten years, or null"),
            new Endpoint(
                    "GET",
                    "/training_runs/{id}/checkpoints/{kind}/{name}/external_weights_urls",
                    HERE,
                    "addresses that need no key for an hour; of weights of any kind"),
            new Endpoint("POST", "/training_runs/{id}/checkpoints/{kind}/{name}/publish", REFUSED, NOT_PUBLIC),
            new Endpoint("DELETE", "/training_runs/{id}/checkpoints/{kind}/{name}/publish", REFUSED, NOT_PUBLIC),
            new Endpoint(
                    "POST",
                    "/create_custom_loss",
                    REFUSED,
                    "Losses of clients run in the client: client/config says custom_loss_server_side false."),
            new Endpoint(
                    "POST",
                    "/retrieve_futures",
                    REFUSED,
                    "Promises are fetched one by one: client/config says sample_use_retrieve_futures false."),
            new Endpoint(
                    "POST",
                    "/auth/token",
                    REFUSED,
                    "Keys are sent as they are: client/config says pjwt_auth_enabled false."),
            new Endpoint("POST", "/sessions/search", REFUSED, "Sessions are listed by GET /api/v1/sessions."),
            new Endpoint("PUT", "/sessions/{id}/project", REFUSED, NO_PROJECTS),
            new Endpoint("GET", "/sessions/{id}/trace_export", REFUSED, "No trace of a session is kept."),
            new Endpoint("GET", "/audit", REFUSED, "No list of who did what is kept."),
            new Endpoint("GET", "/billing/usage/events", REFUSED, NO_BILLING),
            new Endpoint("GET", "/billing/usage/checkpoints/current", REFUSED, NO_BILLING));

    /** What the statuses mean that this wire answers with, and what the SDK does then; 409 isn't among them, for the SDK repeats it. */
    static final Map<Integer, String> STATUSES = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    200,
                    "done; a call that failed is a promise with error and category (user, server), which is final"),
            Map.entry(204, "deleted, or its time is set"),
            Map.entry(400, "the call can't be; nothing was changed, and the next call doesn't wait for this one"),
            Map.entry(401, "a key is needed that isn't there or isn't good"),
            Map.entry(403, "the key may not, or the address of a download is too old"),
            Map.entry(404, "not here, another project's, or a promise of a call that never came"),
            Map.entry(408, "the promise isn't kept yet (type try_again); the SDK asks again at once"),
            Map.entry(
                    410,
                    "the result is older than an hour, the samples are those of a server that ended, the model wasn't called for 30 days, or the session was finished"),
            Map.entry(413, "the body has more than 64 MB"),
            Map.entry(415, "the body is of another type, or compressed"),
            Map.entry(429, "no room at the moment; the SDK waits and asks again"),
            Map.entry(500, "an error of the server, which its log explains"),
            Map.entry(503, "the server is ending or answers as much as it can; the SDK asks again"),
            Map.entry(507, "the disk is full, or nearly so; the SDK asks again")));

    private TinkerEndpoints() {}
}
