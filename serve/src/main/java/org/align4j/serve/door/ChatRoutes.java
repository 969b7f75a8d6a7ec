package org.align4j.serve.door;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.access.TokenLimits;
import org.align4j.serve.chat.TokenCount;
import org.align4j.web.Body;
import org.align4j.web.ClientWatch;
import org.align4j.web.EventStream;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code POST /v1/chat/completions} and {@code POST /v1/completions}, whole or as events.
 *
 * @param answers of the server's models
 * @param strict whether streamed completions come in chunks that each have a reason for their end
 */
public record ChatRoutes(Answers answers, boolean strict) {
    /** The header by which one client asks for what {@code --strict-clients} gives to all. */
    public static final String STRICT = "x-align4j-strict-clients";

    /** Handlers that stream as OpenAI does. */
    public ChatRoutes(Answers answers) {
        this(answers, false);
    }

    /** Adds the two handlers below a root such as {@code /v1}. */
    public void mount(RoutesConfig routes, String root) {
        mount(routes, root, (ctx, request) -> request);
    }

    /**
     * Adds the two handlers below the root of another door.
     *
     * @param read puts a request into OpenAI's words
     */
    public void mount(RoutesConfig routes, String root, BiFunction<Context, JsonNode, JsonNode> read) {
        for (ChatFields endpoint : List.of(ChatFields.CHAT, ChatFields.COMPLETIONS)) {
            routes.post(root + endpoint.path(), ctx -> answer(ctx, endpoint, read));
        }
    }

    private void answer(Context ctx, ChatFields endpoint, BiFunction<Context, JsonNode, JsonNode> read)
            throws IOException {
        Access.require(ctx, Scope.READ);
        JsonNode request = read.apply(ctx, Body.json(ctx));
        answers.answer(
                Access.caller(ctx).project(),
                endpoint,
                request,
                new Reply(
                        ctx,
                        endpoint,
                        ask -> ask.form().usage() ? AnswerWriter.Counts.APART : AnswerWriter.Counts.NONE,
                        AnswerForm.plain(OpenAiErrors::document)));
    }

    /**
     * Answers a chat that came in by another door and was put into OpenAI's words; a stream's last chunk has the counts of tokens.
     *
     * @param refused writes what goes wrong once a stream has begun
     */
    public void chat(Context ctx, JsonNode request, Function<Refusal, Object> refused) {
        chat(ctx, request, AnswerForm.plain(refused));
    }

    /** Answers a chat in a form of its own; a stream's last chunk has the counts of tokens. */
    public void chat(Context ctx, JsonNode request, AnswerForm form) {
        Access.require(ctx, Scope.READ);
        answers.answer(
                Access.caller(ctx).project(),
                ChatFields.CHAT,
                request,
                new Reply(ctx, ChatFields.CHAT, ask -> AnswerWriter.Counts.LAST, form));
    }

    /** The answer to one request of a client. */
    private final class Reply implements Answers.Writing {
        private final Context ctx;
        private final ChatFields endpoint;
        private final Function<AnswerAsk, AnswerWriter.Counts> counts;
        private final AnswerForm form;
        private TokenLimits.@Nullable Reservation reserved;

        Reply(Context ctx, ChatFields endpoint, Function<AnswerAsk, AnswerWriter.Counts> counts, AnswerForm form) {
            this.ctx = ctx;
            this.endpoint = endpoint;
            this.counts = counts;
            this.form = form;
        }

        @Override
        public String key() {
            return Access.caller(ctx).key();
        }

        @Override
        public void look() {
            ClientWatch.look(ctx);
        }

        @Override
        public void refused(long tokens) {
            if (reserved != null) {
                reserved.used(tokens);
            }
        }

        @Override
        public void admit(long tokens) {
            if (reserved != null) {
                reserved.used(0);
                reserved = null;
            }
            TokenLimits.Reservation taken = answers.limits().reserve(Access.caller(ctx), tokens);
            taken.headers().forEach(ctx::header);
            reserved = taken;
        }

        @Override
        public void write(AnswerAsk ask, AnswerWriter writer) {
            boolean whole = true;
            if (ask.form().stream()) {
                whole = stream(writer, counts.apply(ask));
            } else {
                ctx.json(form.whole(writer.whole(() -> ClientWatch.look(ctx))));
            }
            if (reserved != null && whole) {
                TokenCount used = writer.tokens();
                reserved.used(used.prompt() + used.answer());
            }
        }

        /** Returns whether all answers came to their ends. */
        private boolean stream(AnswerWriter writer, AnswerWriter.Counts counted) {
            try (EventStream out = EventStream.begin(ctx)) {
                try {
                    boolean closely = strict || Boolean.parseBoolean(ctx.header(STRICT));
                    if (closely && endpoint == ChatFields.COMPLETIONS) {
                        writer.streamWhole(form.begin(out), counted);
                    } else {
                        writer.stream(form.begin(out), counted);
                    }
                    return true;
                } catch (Refusal refusal) {
                    // The status is on its way already: an event says what went wrong.
                    form.fail(out, refusal);
                    return false;
                }
            }
        }
    }
}
