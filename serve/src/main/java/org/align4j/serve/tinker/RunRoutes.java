package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.RangedFile;
import org.align4j.serve.tinker.SavedWeights.Saving;
import org.align4j.serve.tinker.TinkerTable.Checkpoint;
import org.align4j.serve.tinker.TinkerTable.Kind;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.serve.tinker.TinkerTable.Session;
import org.align4j.web.Body;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Lists of training runs and of what they saved; copies, times and deletion of weights, and their files for other programs. */
final class RunRoutes {
    /** What paths begin with that files are downloaded by, without a key. */
    static final String FILES = "/external_weights";

    private static final Duration LINKS = Duration.ofHours(1);
    private static final int MOST_LISTED = 1000;
    private static final int LONGEST = 400;
    private static final int NO_CONTENT = 204;
    private static final String CHECKPOINT = "/training_runs/{run}/checkpoints/{kind}/{name}";

    private final TinkerTable table;
    private final TinkerModels models;
    private final SavedWeights weights;
    private final Map<String, Link> links = new ConcurrentHashMap<>();

    RunRoutes(TinkerTable table, TinkerModels models, SavedWeights weights) {
        this.table = table;
        this.models = models;
        this.weights = weights;
    }

    private record Link(Path folder, Instant ends) {}

    void mount(RoutesConfig routes) {
        routes.get(Tinker.ROOT + "/training_runs", Tinker.with(Scope.READ, this::runs));
        routes.get(Tinker.ROOT + "/training_runs/{run}", Tinker.with(Scope.READ, this::run));
        routes.get(Tinker.ROOT + "/training_runs/{run}/checkpoints", Tinker.with(Scope.READ, this::ofRun));
        routes.get(Tinker.ROOT + "/checkpoints", Tinker.with(Scope.READ, this::checkpoints));
        routes.post(Tinker.ROOT + "/weights_info", Tinker.with(Scope.READ, this::info));
        routes.post(Tinker.ROOT + "/copy_weights", Tinker.with(Scope.TRAIN, this::copy));
        routes.delete(Tinker.ROOT + CHECKPOINT, Tinker.with(Scope.TRAIN, this::delete));
        routes.put(Tinker.ROOT + CHECKPOINT + "/ttl", Tinker.with(Scope.TRAIN, this::expire));
        routes.get(Tinker.ROOT + CHECKPOINT + "/external_weights_urls", Tinker.with(Scope.READ, this::link));
        routes.get(Tinker.ROOT + FILES + "/{link}/{file}", this::file);
    }

    /** Reads which part of a list is asked for: how many, and how many before them. */
    static long[] part(Context ctx, long usual) {
        return new long[] {number(ctx, "limit", usual, MOST_LISTED), number(ctx, "offset", 0, Integer.MAX_VALUE)};
    }

    private static long number(Context ctx, String name, long usual, long most) {
        String given = ctx.queryParam(name);
        if (given == null) {
            return usual;
        }
        if (!given.matches("\\d{1,10}") || Long.parseLong(given) > most) {
            throw Asked.refusal(
                    format("%s is %s, but must be a whole number from 0 to %d.", name, Shortened.of(given), most),
                    name,
                    "invalid_value");
        }
        return Long.parseLong(given);
    }

    private static Map<String, Object> cursor(long[] part, long total) {
        Map<String, Object> cursor = new LinkedHashMap<>();
        cursor.put("offset", part[1]);
        cursor.put("limit", part[0]);
        cursor.put("total_count", total);
        return cursor;
    }

    private void runs(Context ctx) {
        long[] part = part(ctx, 20);
        String project = Tinker.project(ctx);
        String other = ctx.queryParam("project_id");
        boolean own = other == null || other.equals(project);
        List<Object> runs = new ArrayList<>();
        if (own) {
            table.models(project, part[0], part[1]).forEach(model -> runs.add(document(model)));
        }
        ctx.json(Map.of("training_runs", runs, "cursor", cursor(part, own ? table.count(project) : 0)));
    }

    private void run(Context ctx) {
        ctx.json(document(TrainingRoutes.find(table, ctx, ctx.pathParam("run"))));
    }

    private Map<String, @Nullable Object> document(Model model) {
        List<Checkpoint> saved = table.checkpoints(model.id());
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("training_run_id", model.id());
        document.put("base_model", model.making().base());
        document.put("model_owner", model.project());
        document.put("is_lora", true);
        document.put("corrupted", false);
        document.put("lora_rank", model.making().lora().rank());
        document.put(
                "last_request_time",
                Instant.ofEpochMilli(models.lastCalled(model)).toString());
        document.put("last_checkpoint", last(saved, Kind.TRAINING));
        document.put("last_sampler_checkpoint", last(saved, Kind.SAMPLER));
        document.put("user_metadata", model.making().metadata());
        return document;
    }

    private static @Nullable Object last(List<Checkpoint> saved, Kind kind) {
        return saved.stream()
                .filter(each -> each.naming().kind() == kind)
                .findFirst()
                .map(SavedWeights::document)
                .orElse(null);
    }

    private void ofRun(Context ctx) {
        Model model = TrainingRoutes.find(table, ctx, ctx.pathParam("run"));
        ctx.json(Map.of(
                "checkpoints",
                table.checkpoints(model.id()).stream()
                        .map(SavedWeights::document)
                        .toList()));
    }

    private void checkpoints(Context ctx) {
        long[] part = part(ctx, 100);
        String project = Tinker.project(ctx);
        ctx.json(Map.of(
                "checkpoints",
                table.checkpoints(project, part[0], part[1]).stream()
                        .map(SavedWeights::document)
                        .toList(),
                "cursor",
                cursor(part, table.countNamed(project))));
    }

    private void info(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("tinker_path"));
        Checkpoint found = weights.find(Tinker.project(ctx), asked.requiredText("tinker_path", LONGEST));
        Model model = table.model(found.project(), found.model()).orElseThrow();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("base_model", model.making().base());
        document.put("optimizer_config", Map.of("type", "adamw"));
        document.put("is_lora", true);
        document.put("lora_rank", model.making().lora().rank());
        document.put("train_unembed", model.making().lora().unembed());
        document.put("train_mlp", model.making().lora().mlp());
        document.put("train_attn", model.making().lora().attention());
        ctx.json(document);
    }

    private void copy(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx))
                .requireKnown(List.of(
                        "session_id",
                        "model_seq_id",
                        "destination_project_id",
                        "source_path",
                        "ttl_seconds",
                        "weights_access_token"));
        String project = Tinker.project(ctx);
        String wanted = asked.text("destination_project_id", LONGEST);
        if (asked.has("weights_access_token") || (wanted != null && !wanted.equals(project))) {
            throw new Refusal(
                    403,
                    "Weights are copied within the project of a key only; leave destination_project_id and weights_access_token out.");
        }
        Checkpoint from = weights.find(project, asked.requiredText("source_path", LONGEST));
        Model source = table.model(project, from.model()).orElseThrow();
        Session session = session(ctx, asked);
        Long number = asked.whole("model_seq_id", 0, Long.MAX_VALUE);
        Long seconds = SaveCall.seconds(asked);
        Instant now = Instant.now();
        Model holder = table.add(new Model(
                TrainingRoutes.id(session.id(), number == null ? 0 : number),
                session.id(),
                project,
                now,
                new Model.Making(
                        "copy_weights " + from.path(),
                        source.making().base(),
                        source.making().lora(),
                        source.making().metadata(),
                        false)));
        if (!holder.making().asked().equals("copy_weights " + from.path())) {
            throw new Refusal(400, "model_seq_id is that of a model that another call of this session made; count on.");
        }
        Saving saving = new Saving(
                from.naming().kind(),
                from.naming().name(),
                0,
                false,
                seconds == null ? null : now.plusSeconds(seconds),
                from.metadata());
        Checkpoint copy = weights.save(
                holder,
                saving,
                aside -> SavedWeights.copy(weights.folder(from), from.naming().kind() == Kind.TRAINING, aside));
        ctx.json(Map.of("tinker_path", copy.path()));
    }

    private Session session(Context ctx, Asked asked) {
        if (asked.has("session_id")) {
            return SessionRoutes.find(table, ctx, asked.requiredText("session_id", LONGEST));
        }
        Session session = new Session(
                FreshId.fresh(""), Tinker.project(ctx), System.currentTimeMillis(), Json.tree(null), null, null);
        table.add(session);
        return session;
    }

    private Checkpoint find(Context ctx) {
        Kind kind = Kind.of(ctx.pathParam("kind"))
                .orElseThrow(() ->
                        new Refusal(404, "Weights are of the kinds weights, sampler_weights and external_weights."));
        return weights.find(Tinker.project(ctx), ctx.pathParam("run"), kind, ctx.pathParam("name"));
    }

    private void delete(Context ctx) {
        weights.delete(find(ctx));
        ctx.status(NO_CONTENT);
    }

    private void expire(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("ttl_seconds"));
        Long seconds = SaveCall.seconds(asked);
        table.expire(find(ctx), seconds == null ? null : Instant.now().plusSeconds(seconds));
        ctx.status(NO_CONTENT);
    }

    private void link(Context ctx) throws IOException {
        Checkpoint found = find(ctx);
        Instant ends = Instant.now().plus(LINKS);
        links.values().removeIf(link -> link.ends.isBefore(Instant.now()));
        String token = FreshId.fresh("");
        Path folder = weights.folder(found).resolve(SavedWeights.ADAPTER);
        links.put(token, new Link(folder, ends));
        Map<String, String> urls = new LinkedHashMap<>();
        for (Path file : Folders.list(folder)) {
            urls.put(
                    String.valueOf(file.getFileName()),
                    ctx.scheme() + "://" + ctx.host() + Tinker.ROOT + FILES + "/" + token + "/" + file.getFileName());
        }
        ctx.json(Map.of("urls", urls, "expires", ends.toString()));
    }

    private void file(Context ctx) throws IOException {
        Path folder = Optional.ofNullable(links.get(ctx.pathParam("link")))
                .filter(link -> link.ends.isAfter(Instant.now()))
                .map(Link::folder)
                .orElseThrow(() -> new Refusal(
                        403, "This address was never given out, or is too old; ask for the weights' addresses again."));
        Path file = Folders.list(folder).stream()
                .filter(each -> String.valueOf(each.getFileName()).equals(ctx.pathParam("file")))
                .findFirst()
                .orElseThrow(() -> new Refusal(404, "These weights have no such file."));
        new RangedFile(file, "application/octet-stream").send(ctx);
    }
}
