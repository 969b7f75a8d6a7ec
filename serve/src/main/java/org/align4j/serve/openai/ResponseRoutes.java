package org.align4j.serve.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.serve.access.Access;
import org.align4j.serve.access.Scope;
import org.align4j.serve.door.AnswerAsk;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.ChatRoutes;
import org.align4j.serve.door.FieldTable;
import org.align4j.web.Body;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code POST /v1/responses} where it is a plain chat: its fields, by the committed table {@code response-fields.tsv}, become those of a chat,
 * and the chat's answer becomes a response. Nothing is stored, so that no response can be fetched later.
 *
 * @param chats that are answered
 */
record ResponseRoutes(ChatRoutes chats) {
    static final FieldTable TABLE = FieldTable.read(ResponseRoutes.class, "response-fields.tsv", "create");

    private static final int LONGEST = 1000;
    private static final List<String> PARTS = List.of("input_text", "output_text");
    private static final Map<String, String> THEIRS =
            Map.of("max_completion_tokens", "max_output_tokens", "messages", "input");
    private static final String STORED =
            "No response is stored here, so that none can be fetched, continued or deleted; send"
                    + " the earlier messages in input.";

    void mount(RoutesConfig routes, String root) {
        routes.post(root + "/responses", this::answer);
        routes.get(root + "/responses/{id}", ctx -> refuse());
        routes.delete(root + "/responses/{id}", ctx -> refuse());
    }

    private static void refuse() {
        throw Asked.refusal(STORED, "id", "unsupported_endpoint");
    }

    private void answer(Context ctx) throws IOException {
        Access.require(ctx, Scope.READ);
        Asked asked = TABLE.require(Asked.request(Body.json(ctx)));
        asked.pairs("metadata", JobFields.METADATA);
        try {
            chats.chat(ctx, chat(asked), new ResponseForm(asked.node()));
        } catch (Refusal refusal) {
            throw renamed(refusal);
        }
    }

    /** Says what is wrong with a chat by the names that fields have in a response's request. */
    private static Refusal renamed(Refusal refusal) {
        String param = refusal.param();
        String own = param == null ? null : THEIRS.get(param);
        return own == null || param == null
                ? refusal
                : new Refusal(refusal.status(), refusal.message().replace(param, own), refusal.headers())
                        .about(own, refusal.code());
    }

    /** Puts a request into the words of chats. */
    private static ObjectNode chat(Asked asked) {
        JsonNode given = asked.node();
        ObjectNode chat = Json.object();
        chat.put("model", asked.requiredText("model", LONGEST));
        ArrayNode messages = chat.putArray("messages");
        String instructions = asked.text("instructions", Integer.MAX_VALUE);
        if (instructions != null) {
            messages.addObject().put("role", "system").put("content", instructions);
        }
        messages(asked, messages);
        Map<String, String> names = new LinkedHashMap<>();
        names.put("max_output_tokens", "max_completion_tokens");
        List.of("temperature", "top_p", "stream").forEach(name -> names.put(name, name));
        names.forEach((name, own) -> {
            if (given.hasNonNull(name)) {
                chat.set(own, given.get(name));
            }
        });
        Asked options = asked.object("stream_options");
        if (options != null
                && AnswerAsk.truth(options.requireKnown(List.of("include_obfuscation")), "include_obfuscation")) {
            throw AnswerAsk.wrong(
                    "stream_options.include_obfuscation",
                    "stream_options.include_obfuscation is true, but nothing is added to streams here; leave it out.");
        }
        Asked text = asked.object("text");
        if (text != null) {
            text.requireKnown(List.of("format", "verbosity")).word("verbosity", List.of("medium"));
            Asked format = text.object("format");
            if (format != null) {
                format.word("type", List.of("text", "json_object"));
                chat.set("response_format", format.node());
            }
        }
        return chat;
    }

    private static void messages(Asked asked, ArrayNode messages) {
        JsonNode input = asked.value("input");
        if (input == null) {
            throw asked.missing("input");
        }
        if (input.isTextual()) {
            messages.addObject().put("role", "user").set("content", input);
            return;
        }
        if (!input.isArray()) {
            throw asked.type("input", "a string or an array");
        }
        for (int i = 0; i < input.size(); i++) {
            messages.add(message("input[" + i + "]", input.get(i)));
        }
    }

    private static ObjectNode message(String path, JsonNode item) {
        String type = item.path("type").asText("message");
        if (!item.isObject() || !type.equals("message")) {
            throw AnswerAsk.wrong(
                    path,
                    path + " is of type '" + Shortened.of(type)
                            + "', but messages alone are read here; calls and their results go to"
                            + " /v1/chat/completions.");
        }
        Asked message = new Asked(path, item).requireKnown(List.of("type", "role", "content", "id", "status", "phase"));
        ObjectNode chat = Json.object();
        chat.put("role", message.requiredText("role", LONGEST));
        JsonNode content = item.path("content");
        if (!content.isArray()) {
            chat.set("content", content);
            return chat;
        }
        ArrayNode parts = chat.putArray("content");
        for (JsonNode part : content) {
            String kind = part.path("type").asText();
            if (!PARTS.contains(kind) || !part.path("text").isTextual()) {
                throw AnswerAsk.wrong(
                        path + ".content",
                        path + ".content has a part of type '" + Shortened.of(kind)
                                + "', but models here read text: parts of type input_text or output_text.");
            }
            parts.addObject().put("type", "text").set("text", part.get("text"));
        }
        return chat;
    }

    /** Returns a value of the request as the response repeats it. */
    static @Nullable Object repeated(JsonNode request, String name) {
        return request.hasNonNull(name) ? request.get(name) : null;
    }
}
