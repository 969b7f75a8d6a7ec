package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.error.Shortened;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.batch.Batch;
import org.align4j.serve.batch.Batch.Problem;
import org.align4j.serve.batch.Batch.State;
import org.align4j.serve.batch.Batches;
import org.align4j.serve.chat.TokenCount;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.ChatFields;
import org.align4j.serve.door.JobDoor;
import org.align4j.serve.files.StoredFile;
import org.align4j.serve.files.StoredFiles;
import org.align4j.web.Body;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code batches} below a root.
 *
 * @param files that requests are read from
 */
record BatchRoutes(Batches batches, StoredFiles files) {
    /** Azure leaves {@code /v1} out. */
    private static final List<String> ENDPOINTS = Stream.of(ChatFields.CHAT, ChatFields.COMPLETIONS)
            .flatMap(endpoint -> Stream.of(OpenAi.ROOT + endpoint.path(), endpoint.path()))
            .toList();

    private static final String INPUT = "input_file_id";
    private static final String EXPIRES = "output_expires_after";
    private static final int USUAL = 20;

    void mount(RoutesConfig routes, String root) {
        String all = root + "/batches";
        routes.post(all, this::create);
        routes.get(all, this::list);
        routes.get(all + "/{id}", ctx -> ctx.json(document(find(ctx))));
        routes.post(all + "/{id}/cancel", ctx -> ctx.json(document(batches.cancel(find(ctx)))));
    }

    private void create(Context ctx) throws IOException {
        Access.require(ctx, Scope.READ);
        JsonNode body = Body.json(ctx);
        Asked asked =
                Asked.request(body).requireKnown(List.of(INPUT, "endpoint", "completion_window", "metadata", EXPIRES));
        String project = Access.caller(ctx).project();
        String input = asked.requiredText(INPUT, JobFields.LONGEST_NAME);
        asked.requiredText("endpoint", JobFields.LONGEST_NAME);
        String endpoint = String.valueOf(asked.word("endpoint", ENDPOINTS));
        asked.requiredText("completion_window", JobFields.LONGEST_NAME);
        asked.word("completion_window", List.of("24h"));
        Batch.Asked wanted = new Batch.Asked(
                project,
                Access.caller(ctx).key(),
                endpoint,
                input,
                lifetime(asked),
                asked.pairs("metadata", JobFields.METADATA));
        StoredFile file = files.find(project, input)
                .orElseThrow(() ->
                        Asked.refusal("invalid " + INPUT + ": " + Shortened.of(input), INPUT, "invalid_" + INPUT));
        if (!file.label().purpose().equals("batch")) {
            throw Asked.refusal(
                    "invalid " + INPUT + ": " + input + " has the purpose '"
                            + file.label().purpose() + "', but must have the purpose 'batch'.",
                    INPUT,
                    "invalid_" + INPUT);
        }
        ctx.json(document(batches.create(wanted, JobDoor.call(ctx, body))));
    }

    private static @Nullable Long lifetime(Asked asked) {
        Asked given = asked.object(EXPIRES);
        if (given == null) {
            return null;
        }
        given.requireKnown(List.of("anchor", "seconds")).requiredText("anchor", JobFields.LONGEST_NAME);
        given.word("anchor", List.of("created_at"));
        Long seconds = given.whole("seconds", FileRoutes.LEAST_LIFETIME, FileRoutes.MOST_LIFETIME);
        if (seconds == null) {
            throw given.missing("seconds");
        }
        return seconds;
    }

    private void list(Context ctx) {
        Access.require(ctx, Scope.READ);
        Paging paging = Paging.read(ctx, USUAL, List.of());
        ctx.json(Paging.listWithEnds(
                batches.list(Access.caller(ctx).project(), paging.after(), paging.limit()), BatchRoutes::document));
    }

    private Batch find(Context ctx) {
        Access.require(ctx, Scope.READ);
        String id = ctx.pathParam("id");
        return batches.find(Access.caller(ctx).project(), id)
                .orElseThrow(() ->
                        new Refusal(404, "No batch found with id '" + Shortened.of(id) + "'.").about("batch_id", null));
    }

    /** Writes a batch as OpenAI's clients read it; what is null is left out. */
    private static Map<String, Object> document(Batch batch) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("id", batch.id());
        document.put("object", "batch");
        document.put("endpoint", batch.asked().endpoint());
        put(document, "model", batch.model());
        if (!batch.problems().isEmpty()) {
            document.put(
                    "errors",
                    Map.of(
                            "object",
                            "list",
                            "data",
                            batch.problems().stream().map(BatchRoutes::problem).toList()));
        }
        document.put(INPUT, batch.asked().input());
        document.put("completion_window", "24h");
        document.put("status", batch.state().word());
        put(document, "output_file_id", batch.output());
        put(document, "error_file_id", batch.errors());
        document.put("created_at", batch.created());
        document.put("expires_at", batch.created() + Batch.WINDOW);
        for (State state : State.values()) {
            if (state != State.VALIDATING) {
                put(document, state.word() + "_at", batch.times().get(state));
            }
        }
        Batch.Counts counts = batch.counts();
        document.put(
                "request_counts",
                Map.of("total", counts.total(), "completed", counts.completed(), "failed", counts.failed()));
        document.put("usage", usage(counts.tokens()));
        document.put("metadata", batch.asked().metadata());
        return document;
    }

    private static void put(Map<String, Object> document, String field, @Nullable Object value) {
        if (value != null) {
            document.put(field, value);
        }
    }

    private static Map<String, Object> problem(Problem problem) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("code", problem.code());
        document.put("message", problem.message());
        put(document, "line", problem.line());
        put(document, "param", problem.param());
        return document;
    }

    private static Map<String, Object> usage(TokenCount tokens) {
        Map<String, Object> usage = new LinkedHashMap<>();
        usage.put("input_tokens", tokens.prompt());
        usage.put("input_tokens_details", Map.of("cached_tokens", tokens.reused()));
        usage.put("output_tokens", tokens.answer());
        usage.put("output_tokens_details", Map.of("reasoning_tokens", 0));
        usage.put("total_tokens", tokens.prompt() + tokens.answer());
        return usage;
    }
}
