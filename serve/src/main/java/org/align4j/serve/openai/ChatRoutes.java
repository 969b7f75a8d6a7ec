package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.web.Body;
import org.align4j.web.EventStream;
import org.align4j.web.Refusal;

/**
 * Answers {@code POST /v1/chat/completions} and {@code POST /v1/completions}, whole or as events.
 *
 * @param answers of the server's models
 */
public record ChatRoutes(Answers answers) {
    /** Adds the two handlers below a root such as {@code /v1}. */
    public void mount(RoutesConfig routes, String root) {
        for (ChatFields endpoint : List.of(ChatFields.CHAT, ChatFields.COMPLETIONS)) {
            routes.post(root + endpoint.path(), ctx -> answer(ctx, endpoint));
        }
    }

    private void answer(Context ctx, ChatFields endpoint) throws IOException {
        Access.require(ctx, Scope.READ);
        JsonNode request = Azure.deployed(ctx, Body.json(ctx));
        answers.answer(
                Access.caller(ctx).project(), endpoint, request, (ask, writer) -> {
                    AnswerWriter.Counts counts = ask.usage() ? AnswerWriter.Counts.APART : AnswerWriter.Counts.NONE;
                    write(ctx, ask, writer, counts, OpenAiErrors::document);
                });
    }

    /**
     * Answers a chat that came in by another door and was put into OpenAI's words; a stream's last chunk has the counts of tokens.
     *
     * @param refused writes what goes wrong once a stream has begun
     */
    public void chat(Context ctx, JsonNode request, Function<Refusal, Object> refused) {
        Access.require(ctx, Scope.READ);
        answers.answer(
                Access.caller(ctx).project(),
                ChatFields.CHAT,
                request,
                (ask, writer) -> write(ctx, ask, writer, AnswerWriter.Counts.LAST, refused));
    }

    private static void write(
            Context ctx,
            AnswerAsk ask,
            AnswerWriter writer,
            AnswerWriter.Counts counts,
            Function<Refusal, ?> refused) {
        if (!ask.stream()) {
            ctx.json(writer.whole());
            return;
        }
        try (EventStream out = EventStream.begin(ctx)) {
            try {
                writer.stream(out, counts);
            } catch (Refusal refusal) {
                // The status is on its way already: an event says what went wrong.
                out.send(Json.text(refused.apply(refusal)));
            }
        }
    }
}
