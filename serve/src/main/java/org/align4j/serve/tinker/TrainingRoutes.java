package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.tinker.ModelCalls.Kind;
import org.align4j.serve.tinker.TinkerTable.Checkpoint;
import org.align4j.serve.tinker.TinkerTable.Lora;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.serve.tinker.TinkerTable.Session;
import org.align4j.web.Body;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** The calls that make models and train them: each is read and found good, logged, and promised. */
record TrainingRoutes(TinkerTable table, TinkerModels models, SavedWeights weights, Semaphore large) {
    private static final String MESSAGE = "application/x-protobuf";
    private static final int LONGEST = 400;
    private static final long LARGE_BYTES = 4L << 20;
    private static final int MOST_LARGE = 2;
    private static final int RETRY_SECONDS = 1;

    TrainingRoutes(TinkerTable table, TinkerModels models, SavedWeights weights) {
        this(table, models, weights, new Semaphore(MOST_LARGE));
    }

    void mount(RoutesConfig routes) {
        routes.post(Tinker.ROOT + "/create_model", Tinker.with(Scope.TRAIN, this::create));
        routes.post(Tinker.ROOT + "/get_info", Tinker.with(Scope.READ, this::info));
        routes.post(Tinker.ROOT + "/forward_backward", Tinker.with(Scope.TRAIN, this::forward));
        routes.post(Tinker.ROOT + "/optim_step", Tinker.with(Scope.TRAIN, ctx -> call(ctx, Kind.STEP)));
        routes.post(Tinker.ROOT + "/save_weights", Tinker.with(Scope.TRAIN, ctx -> call(ctx, Kind.SAVE)));
        routes.post(
                Tinker.ROOT + "/save_weights_for_sampler",
                Tinker.with(Scope.TRAIN, ctx -> call(ctx, Kind.SAVE_SAMPLER)));
        routes.post(
                Tinker.ROOT + "/save_weights_external", Tinker.with(Scope.TRAIN, ctx -> call(ctx, Kind.SAVE_EXTERNAL)));
        routes.post(Tinker.ROOT + "/load_weights", Tinker.with(Scope.TRAIN, this::load));
    }

    /** Returns the id that clients compute, too, of a session's model. */
    static String id(String session, long number) {
        return session + ":train:" + number;
    }

    /** Returns the promise of a model's call; creating it is number 0. */
    static Map<String, Object> promise(String model, long number) {
        return Map.of("request_id", model + ":" + number, "model_id", model);
    }

    private void create(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx))
                .requireKnown(List.of(
                        "session_id",
                        "model_seq_id",
                        "base_model",
                        "user_metadata",
                        "lora_config",
                        "optimizer_config",
                        "type"));
        requireAdam(asked);
        Session session = SessionRoutes.find(table, ctx, asked.requiredText("session_id", LONGEST));
        String base = asked.requiredText("base_model", LONGEST);
        Lora lora = lora(asked);
        require(base, lora);
        String id = id(session.id(), number(asked, "model_seq_id", 0));
        Model made = models.create(
                new Model(
                        id,
                        session.id(),
                        session.project(),
                        Instant.now(),
                        new Model.Making("create_model", base, lora, notes(asked), true)),
                null);
        requireSame(made, "create_model");
        ctx.json(promise(id, 0));
    }

    private static void requireSame(Model made, String asked) {
        if (!made.making().asked().equals(asked)) {
            throw new Refusal(400, "model_seq_id is that of a model that another call of this session made; count on.");
        }
    }

    private static Lora lora(Asked asked) {
        Asked lora = asked.object("lora_config");
        if (lora == null) {
            throw Asked.refusal(
                    "lora_config is missing; models are trained by LoRA here, so say its rank.",
                    "lora_config",
                    "missing_required_parameter");
        }
        lora.requireKnown(List.of("rank", "seed", "train_unembed", "train_mlp", "train_attn"));
        Long rank = lora.whole("rank", 1, Integer.MAX_VALUE);
        Long seed = lora.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        if (rank == null) {
            throw lora.missing("rank");
        }
        return new Lora(
                rank.intValue(),
                seed == null ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : seed,
                !Boolean.FALSE.equals(lora.truth("train_unembed")),
                !Boolean.FALSE.equals(lora.truth("train_mlp")),
                !Boolean.FALSE.equals(lora.truth("train_attn")));
    }

    private TrainedBase require(String name, Lora lora) {
        TrainedBase base = models.base(name)
                .orElseThrow(() -> new Refusal(
                                400,
                                format(
                                        "base_model is %s, but the models to train here are %s%s",
                                        Shortened.of(name),
                                        String.join(", ", weights.shelf().names()),
                                        Nearest.hint(name, weights.shelf().names())))
                        .about("base_model", "model_not_available"));
        try {
            base.require(lora);
            return base;
        } catch (InputException wrong) {
            throw Asked.refusal(String.valueOf(wrong.getMessage()), "lora_config", "invalid_value");
        }
    }

    private static void requireAdam(Asked asked) {
        Asked optimizer = asked.object("optimizer_config");
        if (optimizer != null && !"adamw".equals(optimizer.requiredText("type", LONGEST))) {
            throw Asked.refusal(
                    format(
                            "optimizer_config.type is %s, but adamw is the only optimizer here.",
                            Shortened.of(optimizer.requiredText("type", LONGEST))),
                    "optimizer_config",
                    "unsupported_parameter");
        }
    }

    private static JsonNode notes(Asked asked) {
        JsonNode notes = asked.node().path("user_metadata");
        if (notes.toString().length() > 64 << 10) {
            throw Asked.refusal("user_metadata has more than 64 KiB; send less.", "user_metadata", "invalid_value");
        }
        return notes.isObject() ? notes : Json.tree(null);
    }

    private static long number(Asked asked, String field, long least) {
        Long number = asked.whole(field, least, Long.MAX_VALUE);
        if (number == null) {
            throw asked.missing(field);
        }
        return number;
    }

    /** Finds a model of the caller's project. */
    static Model find(TinkerTable table, Context ctx, String id) {
        return table.model(Tinker.project(ctx), id)
                .orElseThrow(() -> new Refusal(
                        404,
                        format(
                                "There is no model %s; those of this project are listed at /api/v1/training_runs.",
                                Shortened.of(id))));
    }

    private void info(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("model_id", "type"));
        Model model = find(table, ctx, asked.requiredText("model_id", LONGEST));
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        Optional<Path> folder = models.base(model.making().base())
                .map(base -> base.session().place().model());
        data.put("arch", folder.map(TrainingRoutes::architecture).orElse(null));
        data.put("model_name", model.making().base());
        data.put(
                "tokenizer_id",
                folder.map(each -> each.toAbsolutePath().toString()).orElse(null));
        data.put("lora_alpha", TrainedBase.ALPHA);
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("type", "get_info");
        document.put("model_data", data);
        document.put("model_id", model.id());
        document.put("optimizer_config", Map.of("type", "adamw"));
        document.put("is_lora", true);
        document.put("lora_rank", model.making().lora().rank());
        document.put("model_name", model.making().base());
        ctx.json(document);
    }

    private static @Nullable String architecture(Path folder) {
        Path config = folder.resolve("config.json");
        return Files.isRegularFile(config)
                ? Json.require(config).path("architectures").path(0).asText()
                : null;
    }

    private void forward(Context ctx) throws IOException {
        String type = ctx.req().getContentType();
        if (type == null || !type.strip().toLowerCase(Locale.ROOT).startsWith(MESSAGE)) {
            throw new Refusal(
                    415,
                    "The request's Content-Type isn't application/x-protobuf; tinker's SDK sends forward_backward so"
                            + " from 0.25 on.");
        }
        String coding = ctx.header("Content-Encoding");
        if (coding != null && !coding.isBlank() && !coding.equalsIgnoreCase("identity")) {
            throw new Refusal(
                    415,
                    "The body is compressed (" + Shortened.of(coding)
                            + "), but client/config says that it comes as it is: proto_compress_fwdbwd is false.");
        }
        if (ctx.req().getContentLengthLong() >= 0 && ctx.req().getContentLengthLong() < LARGE_BYTES) {
            take(ctx);
            return;
        }
        if (!large.tryAcquire()) {
            throw Refusal.busy(429, "Other large bodies are being read; send this one again.", RETRY_SECONDS);
        }
        try {
            take(ctx);
        } finally {
            large.release();
        }
    }

    private void take(Context ctx) throws IOException {
        byte[] body = Body.bytes(ctx, Tinker.MOST_BYTES);
        ForwardCall peeked = ForwardCall.peek(body);
        Model model = find(table, ctx, peeked.model());
        TrainedBase base = require(model.making().base(), model.making().lora());
        taking(model, peeked.number(), Kind.FORWARD, body, () -> {
            ForwardCall call = ForwardCall.read(body, base.longest());
            if (!call.model().equals(peeked.model()) || call.number() != peeked.number()) {
                throw new Refusal(400, "The body names two models or two numbers of the call; send one.");
            }
            AskedLoss.of(call, base.vocabulary());
        });
        ctx.json(promise(model.id(), peeked.number()));
    }

    /** Takes a call in that is found good; the next one doesn't wait for one that isn't. */
    private void taking(Model model, long number, Kind kind, byte[] body, Runnable check) {
        try {
            check.run();
        } catch (Refusal refusal) {
            models.refuse(model, number);
            throw refusal;
        }
        models.submit(model, number, kind, body);
    }

    private void call(Context ctx, Kind kind) throws IOException {
        JsonNode body = Body.json(ctx, Tinker.MOST_BYTES);
        Asked asked = Asked.request(body);
        Model model = find(table, ctx, asked.requiredText("model_id", LONGEST));
        long number = number(asked, "seq_id", 1);
        taking(model, number, kind, Json.bytes(body), () -> {
            if (kind == Kind.STEP) {
                StepCall.read(body);
            } else {
                SaveCall.read(kind, number, body);
            }
        });
        ctx.json(promise(model.id(), number));
    }

    private void load(Context ctx) throws IOException {
        JsonNode body = Body.json(ctx, Tinker.MOST_BYTES);
        Asked asked = Asked.request(body)
                .requireKnown(List.of(
                        "model_id",
                        "seq_id",
                        "session_id",
                        "model_seq_id",
                        "base_model",
                        "user_metadata",
                        "path",
                        "optimizer",
                        "optimizer_config",
                        "weights_access_token",
                        "type"));
        if (asked.has("session_id") == asked.has("model_id")) {
            throw Asked.refusal(
                    "Either session_id and model_seq_id, for a new model, or model_id and seq_id, for one that is"
                            + " there, must be given.",
                    "session_id",
                    "invalid_value");
        }
        if (asked.has("session_id")) {
            createFrom(ctx, asked);
            return;
        }
        Model model = find(table, ctx, asked.requiredText("model_id", LONGEST));
        long number = number(asked, "seq_id", 1);
        taking(model, number, Kind.LOAD, Json.bytes(body), () -> {
            requireOwn(asked);
            requireAdam(asked);
            asked.requiredText("path", LONGEST);
            optimizer(asked);
        });
        ctx.json(promise(model.id(), number));
    }

    private static void requireOwn(Asked asked) {
        if (asked.has("weights_access_token")) {
            throw Asked.refusal(
                    "weights_access_token is given, but weights here are loaded by keys of their own project only;"
                            + " leave it out.",
                    "weights_access_token",
                    "unsupported_parameter");
        }
    }

    private static boolean optimizer(Asked asked) {
        Boolean optimizer = asked.truth("optimizer");
        if (optimizer == null) {
            throw asked.missing("optimizer");
        }
        return optimizer;
    }

    private void createFrom(Context ctx, Asked asked) throws IOException {
        Session session = SessionRoutes.find(table, ctx, asked.requiredText("session_id", LONGEST));
        requireOwn(asked);
        requireAdam(asked);
        String path = asked.requiredText("path", LONGEST);
        boolean optimizer = optimizer(asked);
        String id = id(session.id(), number(asked, "model_seq_id", 0));
        String words = "load_weights " + path;
        Model known = table.model(session.project(), id).orElse(null);
        if (known == null) {
            Checkpoint from = weights.readable(session.project(), path);
            Model source = table.model(session.project(), from.model()).orElseThrow();
            String base = asked.text("base_model", LONGEST);
            if (base != null && !base.equals(source.making().base())) {
                throw Asked.refusal(
                        format(
                                "base_model is %s, but the weights are an adapter on %s; leave it out.",
                                Shortened.of(base), source.making().base()),
                        "base_model",
                        "invalid_value");
            }
            requireState(from, optimizer);
            require(source.making().base(), source.making().lora());
            known = models.create(
                    new Model(
                            id,
                            session.id(),
                            session.project(),
                            Instant.now(),
                            new Model.Making(
                                    words,
                                    source.making().base(),
                                    source.making().lora(),
                                    notes(asked),
                                    true)),
                    begun(from, optimizer));
        }
        requireSame(known, words);
        ctx.json(promise(id, 0));
    }

    private AtomicDirectory.Content begun(Checkpoint from, boolean optimizer) {
        return state -> {
            Folders.make(state);
            SavedWeights.copy(weights.folder(from), optimizer, state);
        };
    }

    private void requireState(Checkpoint from, boolean optimizer) {
        if (optimizer && !SavedWeights.hasOptimizer(weights.folder(from))) {
            throw Asked.refusal(
                    format(
                            "optimizer is true, but %s has no state of an optimizer; load weights that save_state"
                                    + " wrote, or without it.",
                            from.path()),
                    "optimizer",
                    "invalid_value");
        }
    }
}
