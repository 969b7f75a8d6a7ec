package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Caller;
import org.align4j.serve.access.Scope;
import org.align4j.serve.access.Usage;
import org.align4j.serve.door.Asked;
import org.align4j.serve.tinker.ModelCalls.Form;
import org.align4j.serve.tinker.ModelCalls.Outcome;
import org.align4j.serve.tinker.TinkerTable.Checkpoint;
import org.align4j.serve.tinker.TinkerTable.Kind;
import org.align4j.serve.tinker.TinkerTable.Model;
import org.align4j.serve.tinker.TinkerTable.Sampler;
import org.align4j.serve.tinker.TinkerTable.Session;
import org.align4j.web.Body;
import org.align4j.web.ClientWatch;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Samplers, what is asked of them, and the fetching of all promises, of trainings too. */
record SamplingRoutes(TinkerTable table, TinkerModels models, SavedWeights weights, Samplers samplers, Usage usage) {
    private static final String MESSAGE = "application/x-protobuf";
    private static final Pattern PROMISE = Pattern.compile("([0-9a-f]{32}:(train|sample):\\d{1,18}):(\\d{1,18})");
    private static final long HELD_MILLIS = 30_000;
    private static final long LOOK_MILLIS = 1_000;
    private static final int LONGEST = 400;
    private static final int PENDING = 408;

    void mount(RoutesConfig routes) {
        routes.post(Tinker.ROOT + "/create_sampling_session", Tinker.with(Scope.READ, this::create));
        routes.post(Tinker.ROOT + "/join_sampling_session", Tinker.with(Scope.READ, this::join));
        routes.get(Tinker.ROOT + "/samplers/{id}", Tinker.with(Scope.READ, this::show));
        routes.post(Tinker.ROOT + "/asample", Tinker.with(Scope.READ, this::sample));
        routes.post(Tinker.ROOT + "/retrieve_future", Tinker.with(Scope.READ, this::retrieve));
        routes.post(Tinker.ROOT + "/cancel_future", Tinker.with(Scope.READ, this::cancel));
    }

    private void create(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx))
                .requireKnown(List.of("session_id", "sampling_session_seq_id", "base_model", "model_path", "type"));
        Session session = SessionRoutes.find(table, ctx, asked.requiredText("session_id", LONGEST));
        Long number = asked.whole("sampling_session_seq_id", 0, Long.MAX_VALUE);
        if (number == null) {
            throw asked.missing("sampling_session_seq_id");
        }
        String path = asked.text("model_path", LONGEST);
        String base = path == null ? base(asked) : baseOf(session, path, asked.text("base_model", LONGEST));
        Sampler made =
                table.add(new Sampler(Samplers.id(session.id(), number), session.id(), session.project(), base, path));
        if (!made.base().equals(base) || !String.valueOf(made.path()).equals(String.valueOf(path))) {
            throw new Refusal(
                    400,
                    "sampling_session_seq_id is that of a sampler that another call of this session made; count on.");
        }
        ctx.json(Map.of("type", "create_sampling_session", "sampling_session_id", made.id()));
    }

    private String base(Asked asked) {
        String base = asked.requiredText("base_model", LONGEST);
        List<String> names = weights.shelf().names();
        if (!names.contains(base)) {
            throw new Refusal(
                            400,
                            format(
                                    "base_model is %s, but the models here are %s%s",
                                    Shortened.of(base), String.join(", ", names), Nearest.hint(base, names)))
                    .about("base_model", "model_not_available");
        }
        return base;
    }

    private String baseOf(Session session, String path, @Nullable String given) {
        Checkpoint found = weights.find(session.project(), path);
        if (found.naming().kind() == Kind.EXTERNAL) {
            throw Asked.refusal(
                    "model_path names weights for other programs; sample from those of save_weights_for_sampler or save_weights.",
                    "model_path",
                    "invalid_value");
        }
        String base = table.model(session.project(), found.model())
                .orElseThrow()
                .making()
                .base();
        if (given != null && !given.equals(base)) {
            throw Asked.refusal(
                    format("base_model is %s, but the weights belong to %s; leave it out.", Shortened.of(given), base),
                    "base_model",
                    "invalid_value");
        }
        return base;
    }

    private Sampler find(Context ctx, String id) {
        return table.sampler(Tinker.project(ctx), id)
                .orElseThrow(() -> new Refusal(
                        404,
                        format("There is no sampler %s; make one with create_sampling_session.", Shortened.of(id))));
    }

    private void join(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("sampling_session_id", "type"));
        Sampler sampler = find(ctx, asked.requiredText("sampling_session_id", LONGEST));
        ctx.json(Map.of("type", "join_sampling_session", "client_counter", table.join(sampler.id())));
    }

    private void show(Context ctx) {
        Sampler sampler = find(ctx, ctx.pathParam("id"));
        Map<String, @Nullable Object> document = new LinkedHashMap<>();
        document.put("sampler_id", sampler.id());
        document.put("base_model", sampler.base());
        document.put("model_path", sampler.path());
        ctx.json(document);
    }

    private void sample(Context ctx) throws IOException {
        SampleCall call = SampleCall.read(Body.json(ctx, Tinker.MOST_BYTES));
        Sampler sampler = find(ctx, call.sampler());
        Caller caller = Access.caller(ctx);
        samplers.submit(sampler, call, tokens -> usage.add(caller.project(), caller.key(), sampler.base(), tokens));
        String promise = Samplers.promise(call);
        ctx.json(Map.of(
                "request_id",
                promise,
                "sample_sequence_ids",
                IntStream.range(0, call.samples())
                        .mapToObj(sample -> promise + ":" + sample)
                        .toList()));
    }

    private void cancel(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("request_id", "type"));
        String id = asked.requiredText("request_id", LONGEST);
        Matcher parts = PROMISE.matcher(id);
        if (parts.matches() && "sample".equals(parts.group(2))) {
            find(ctx, parts.group(1));
            samplers.cancel(id);
        }
        ctx.json(Map.of());
    }

    private void retrieve(Context ctx) throws IOException {
        Asked asked = Asked.request(Body.json(ctx)).requireKnown(List.of("request_id", "allow_metadata_only"));
        String id = asked.requiredText("request_id", LONGEST);
        Matcher parts = PROMISE.matcher(id);
        if (!parts.matches()) {
            throw new Refusal(
                    404, format("There is no promise %s; ids come with the answers to calls.", Shortened.of(id)));
        }
        if ("sample".equals(parts.group(2))) {
            find(ctx, parts.group(1));
            answer(ctx, id, held(ctx, millis -> samplers.await(id, millis)), null);
            return;
        }
        Model model = TrainingRoutes.find(table, ctx, parts.group(1));
        long number = Long.parseLong(parts.group(3));
        if (number == 0) {
            ctx.json(begun(model));
            return;
        }
        Outcome outcome = held(ctx, millis -> models.await(model, number, millis));
        answer(ctx, id, outcome, outcome == null ? models.waitsFor(model) : null);
    }

    private static Map<String, Object> begun(Model model) {
        int space = model.making().asked().indexOf(' ');
        Map<String, Object> document = new LinkedHashMap<>();
        document.put(
                "type",
                space < 0 ? model.making().asked() : model.making().asked().substring(0, space));
        document.put("model_id", model.id());
        if (space >= 0) {
            document.put("path", model.making().asked().substring(space + 1));
        }
        return document;
    }

    /** Waits for what became of a call. */
    private interface Waiting {
        @Nullable
        Outcome await(long millis);
    }

    /** Holds a request until there is something to answer, half a minute at most, or its client is gone. */
    private static @Nullable Outcome held(Context ctx, Waiting waiting) {
        long until = System.nanoTime() + HELD_MILLIS * 1_000_000;
        while (true) {
            long left = (until - System.nanoTime()) / 1_000_000;
            Outcome outcome = waiting.await(Math.max(0, Math.min(LOOK_MILLIS, left)));
            if (outcome != null || left <= 0 || Thread.currentThread().isInterrupted()) {
                return outcome;
            }
            ClientWatch.look(ctx);
        }
    }

    private static void answer(Context ctx, String id, @Nullable Outcome outcome, @Nullable String waitsFor) {
        if (outcome == null) {
            Map<String, Object> pending = new LinkedHashMap<>();
            pending.put("type", "try_again");
            pending.put("request_id", id);
            pending.put("queue_state", waitsFor == null ? "active" : "paused_capacity");
            if (waitsFor != null) {
                pending.put("queue_state_reason", waitsFor);
            }
            ctx.status(PENDING).json(pending);
        } else if (outcome.form() != Form.MESSAGE) {
            ctx.contentType("application/json").result(outcome.body());
        } else if (String.valueOf(ctx.header("Accept")).contains(MESSAGE)) {
            ctx.contentType(MESSAGE).result(outcome.body());
        } else {
            ctx.json(
                    id.contains(":sample:")
                            ? SampleResult.document(outcome.body())
                            : ForwardResult.document(outcome.body()));
        }
    }
}
