package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Scope;
import org.align4j.serve.chat.Shelf;
import org.align4j.serve.door.Asked;
import org.align4j.serve.tinker.TinkerTable.Session;
import org.align4j.web.Body;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** What a client's program begins and ends with: what the server can, sessions, their heartbeat; what it measures of itself is swallowed. */
record SessionRoutes(TinkerTable table, TinkerModels models, Shelf shelf, Retention retention) {
    private static final int GONE = 410;
    private static final int MOST_SAMPLES_AT_A_TIME = 64;

    void mount(RoutesConfig routes) {
        routes.post(Tinker.ROOT + "/client/config", ctx -> ctx.json(flags()));
        routes.post(Tinker.ROOT + "/client/dynamic_config", ctx -> ctx.json(Map.of("sample_cancel_enabled", true)));
        routes.get(Tinker.ROOT + "/healthz", ctx -> ctx.json(Map.of("status", "ok")));
        routes.get(Tinker.ROOT + "/get_server_capabilities", this::capabilities);
        routes.post(Tinker.ROOT + "/telemetry", SessionRoutes::telemetry);
        routes.post(Tinker.ROOT + "/create_session", Tinker.with(Scope.READ, this::create));
        routes.post(Tinker.ROOT + "/session_heartbeat", Tinker.with(Scope.READ, this::heartbeat));
        routes.post(Tinker.ROOT + "/sessions/{id}/finish", Tinker.with(Scope.READ, this::finish));
        routes.get(Tinker.ROOT + "/sessions/{id}", Tinker.with(Scope.READ, this::show));
        routes.get(Tinker.ROOT + "/sessions", Tinker.with(Scope.READ, this::list));
    }

    /** How clients are asked to behave: chunks in order, no compression, few samples at a time. */
    private static Map<String, Object> flags() {
        Map<String, Object> flags = new LinkedHashMap<>();
        flags.put("parallel_fwdbwd_chunks", false);
        flags.put("proto_compress_fwdbwd", false);
        flags.put("sample_max_concurrent_requests", MOST_SAMPLES_AT_A_TIME);
        flags.put("sample_enable_stuck_detection", false);
        flags.put("sample_join_sampling_session", true);
        flags.put("sample_use_retrieve_futures", false);
        flags.put("custom_loss_server_side", false);
        flags.put("pjwt_auth_enabled", false);
        return flags;
    }

    private void capabilities(Context ctx) {
        List<Object> supported = new ArrayList<>();
        for (String name : shelf.names()) {
            Map<String, Object> model = new LinkedHashMap<>();
            model.put("model_name", name);
            model.put("max_context_length", shelf.base(name).orElseThrow().maxLength());
            model.put("trainable", models.base(name).isPresent());
            model.put("sampleable", true);
            supported.add(model);
        }
        ctx.json(Map.of("supported_models", supported));
    }

    private static void telemetry(Context ctx) throws IOException {
        try (InputStream in = Body.stream(ctx, Tinker.MOST_BYTES)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        ctx.json(Map.of("status", "accepted"));
    }

    private void create(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx))
                .requireKnown(List.of("tags", "user_metadata", "sdk_version", "project_id", "display_name", "type"));
        String project = asked.text("project_id", 200);
        if (project != null && !project.equals(Tinker.project(ctx))) {
            throw new Refusal(
                            403,
                            format(
                                    "project_id is %s, but the key is of the project %s; leave it out, or send a key of that project.",
                                    Shortened.of(project), Tinker.project(ctx)))
                    .about("project_id", "invalid_value");
        }
        JsonNode notes = asked.node().path("user_metadata");
        if (notes.toString().length() > 64 << 10) {
            throw Asked.refusal("user_metadata has more than 64 KiB; send less.", "user_metadata", "invalid_value");
        }
        Session session = new Session(
                FreshId.fresh(""),
                Tinker.project(ctx),
                System.currentTimeMillis(),
                notes.isObject() ? notes : Json.tree(null),
                asked.text("display_name", 1000),
                null);
        table.add(session);
        ctx.json(Map.of("type", "create_session", "session_id", session.id()));
    }

    /** Finds a session of the caller's project. */
    static Session find(TinkerTable table, Context ctx, String id) {
        return table.session(Tinker.project(ctx), id)
                .orElseThrow(() -> new Refusal(
                        404, format("There is no session %s; begin one with create_session.", Shortened.of(id))));
    }

    private void heartbeat(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("session_id", "type"));
        Session session = find(table, ctx, asked.requiredText("session_id", 200));
        if (session.finished() != null) {
            throw new Refusal(GONE, "The session was finished by its client.");
        }
        retention.hear(session.id());
        ctx.json(Map.of("type", "session_heartbeat"));
    }

    private void finish(Context ctx) throws IOException {
        Session session = find(table, ctx, ctx.pathParam("id"));
        Asked asked = Asked.request(Body.json(ctx));
        Asked reason = asked.object("reason");
        String word = (reason == null ? asked : reason).word("type", List.of("success", "errored", "interrupted"));
        table.finish(session.id(), word == null ? "success" : word);
        ctx.json(Map.of());
    }

    private void show(Context ctx) {
        Session session = find(table, ctx, ctx.pathParam("id"));
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("training_run_ids", table.ofSession("models", session.id()));
        document.put("sampler_ids", table.ofSession("samplers", session.id()));
        document.put("user_metadata", session.metadata());
        document.put("display_name", session.name());
        ctx.json(document);
    }

    private void list(Context ctx) {
        long[] part = RunRoutes.part(ctx, 20);
        ctx.json(Map.of("sessions", table.sessions(Tinker.project(ctx), part[0], part[1])));
    }
}
