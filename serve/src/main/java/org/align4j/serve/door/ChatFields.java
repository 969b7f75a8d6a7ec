package org.align4j.serve.door;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.align4j.web.Refusal;

/**
 * The fields of a chat's or a completion's request, by the committed table {@code chat-fields.tsv}: here as at OpenAI, here in another way, or
 * refused. docs/chat.md shows the same table.
 */
public final class ChatFields {
    public static final ChatFields CHAT = new ChatFields("/chat/completions", "chat");
    public static final ChatFields COMPLETIONS = new ChatFields("/completions", "completions");

    private final String path;
    private final FieldTable table;

    private ChatFields(String path, String name) {
        this.path = path;
        this.table = FieldTable.read(ChatFields.class, "chat-fields.tsv", name);
    }

    /** Returns the endpoint of a path, with {@code /v1} or without. */
    static ChatFields at(String path) {
        return path.endsWith(CHAT.path) ? CHAT : COMPLETIONS;
    }

    /** Returns the path of the requests, below {@code /v1}. */
    public String path() {
        return path;
    }

    /** Returns the field that holds what is answered. */
    String prompt() {
        return fields().containsKey("messages") ? "messages" : "prompt";
    }

    /** Returns the fields by name. */
    Map<String, FieldTable.Field> fields() {
        return table.fields();
    }

    /**
     * Refuses a request with a field that isn't known, or that can't be granted and isn't at its default.
     *
     * @throws Refusal of status 400
     */
    void require(JsonNode request) {
        table.require(Asked.request(request));
    }
}
