package org.align4j.serve.together;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;
import org.align4j.serve.door.FieldTable;

/** Puts the fields that only Together's chats and completions have into OpenAI's words, or refuses them, by {@code chat-fields.tsv}. */
final class TogetherChat {
    /** Fields of a chat that OpenAI doesn't have, or means otherwise. */
    static final FieldTable CHAT = FieldTable.read(TogetherChat.class, "chat-fields.tsv", "chat");

    private static final FieldTable COMPLETIONS = FieldTable.read(TogetherChat.class, "chat-fields.tsv", "completions");
    private static final int MOST_ALTERNATIVES = 20;

    private TogetherChat() {}

    /** Reads a request; what OpenAI has too is read by its routes. */
    static JsonNode read(Context ctx, JsonNode request) {
        if (!(request instanceof ObjectNode)) {
            return request;
        }
        boolean chat = ctx.path().endsWith("/chat/completions");
        FieldTable table = chat ? CHAT : COMPLETIONS;
        ObjectNode ours = request.deepCopy();
        ObjectNode own = Json.object();
        for (String name : table.fields().keySet()) {
            if (ours.has(name)) {
                own.set(name, ours.remove(name));
            }
        }
        Asked asked = table.require(Asked.request(own));
        if (chat && asked.node().path("logprobs").isBoolean()) {
            ours.set("logprobs", asked.node().get("logprobs"));
        } else if (chat && asked.has("logprobs")) {
            ours.put("logprobs", true);
            ours.put("top_logprobs", asked.whole("logprobs", 0, MOST_ALTERNATIVES));
        }
        return ours;
    }
}
