package org.align4j.serve.mistral;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.FieldTable;
import org.align4j.serve.door.Standing;
import org.align4j.web.Body;
import org.align4j.web.Refusal;

/**
 * Answers {@code POST /mistral/v1/chat/completions}: puts a request into OpenAI's words, by which the server's models are asked.
 *
 * @param chats that are answered
 * @param notes what clients say of tuned models
 */
record MistralChat(ChatRoutes chats, ModelNotes notes) {
    /** What becomes of each field of a chat's request. */
    static final FieldTable TABLE = FieldTable.read(MistralChat.class, "fields.tsv", "chat");

    void mount(RoutesConfig routes) {
        routes.post(Mistral.ROOT + "/chat/completions", Mistral.spoken(this::answer));
    }

    private void answer(Context ctx) throws IOException {
        JsonNode request = translated(Body.json(ctx));
        String model = request.path("model").asText();
        if (notes.of(Access.caller(ctx).project(), model).archived()) {
            throw new Refusal(400, "The model " + Shortened.of(model) + " is archived; unarchive it to ask it.");
        }
        chats.chat(ctx, request, Mistral::document);
    }

    /** Returns a request in OpenAI's words. */
    static ObjectNode translated(JsonNode body) {
        Asked asked = TABLE.require(Asked.request(body));
        ObjectNode request = body.deepCopy();
        Long seed = asked.whole("random_seed", 0, Long.MAX_VALUE);
        if (seed != null) {
            request.put("seed", seed);
        }
        request.remove(List.of("random_seed", "metadata"));
        TABLE.fields().values().stream()
                .filter(field -> field.standing() == Standing.REFUSED)
                .forEach(field -> request.remove(field.name()));
        if (request.path("tool_choice").asText().equals("any")) {
            request.put("tool_choice", "required");
        }
        int place = 0;
        for (JsonNode message : request.path("messages")) {
            if (message instanceof ObjectNode one) {
                translate(one, "messages[" + place + "]");
            }
            place++;
        }
        return request;
    }

    private static void translate(ObjectNode message, String at) {
        JsonNode prefix = message.remove("prefix");
        if (prefix != null && prefix.asBoolean()) {
            throw Asked.refusal(
                    at + ".prefix is true, but an answer can't be begun for a model here; leave it out.",
                    at + ".prefix",
                    "unsupported_parameter");
        }
        if (message.path("role").asText().equals("tool")) {
            message.remove("name");
        }
        for (JsonNode call : message.path("tool_calls")) {
            if (call instanceof ObjectNode one) {
                one.remove("index");
                JsonNode arguments = one.path("function").path("arguments");
                if (arguments.isObject() && one.path("function") instanceof ObjectNode function) {
                    function.put("arguments", Json.text(arguments));
                }
            }
        }
    }
}
