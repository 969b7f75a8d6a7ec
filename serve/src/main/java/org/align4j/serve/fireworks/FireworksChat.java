package org.align4j.serve.fireworks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import org.align4j.serve.access.Access;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.Standing;
import org.align4j.serve.fireworks.FireworksFields.Start;
import org.align4j.serve.job.TunedModel;
import org.align4j.web.Body;

/**
 * Answers {@code POST /fireworks/v1/chat/completions}: puts a request into OpenAI's words, by which the server's models are asked.
 *
 * @param chats that are answered
 * @param names of models
 */
record FireworksChat(ChatRoutes chats, FireworksNames names) {
    /** What becomes of each field of a chat's request. */
    static final FieldTable TABLE = FieldTable.read(FireworksChat.class, "fields.tsv", "chat");

    private static final int LONGEST = 512;

    void mount(RoutesConfig routes) {
        routes.post(Fireworks.ROOT + "/chat/completions", this::answer);
    }

    private void answer(Context ctx) throws IOException {
        JsonNode body = Body.json(ctx);
        Asked asked = TABLE.require(Asked.request(body));
        String project = Access.caller(ctx).project();
        String model = asked.requiredText("model", LONGEST);
        ObjectNode request = body.deepCopy();
        request.put(
                "model",
                names.base(model)
                        .map(Start::base)
                        .or(() -> names.tuned(project, model).map(TunedModel::name))
                        .orElse(model));
        request.remove(List.of("user", "metadata", "prompt_cache_key", "stream_options"));
        TABLE.fields().values().stream()
                .filter(field -> field.standing() == Standing.REFUSED)
                .forEach(field -> request.remove(field.name()));
        chats.chat(ctx, request, Fireworks::document);
    }
}
