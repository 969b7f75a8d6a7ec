package org.align4j.serve.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.align4j.core.files.Json;
import org.align4j.core.page.HtmlPage;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a chat's or a completion's request, by the committed table {@code chat-fields.tsv}: here as at OpenAI, here in another way, or
 * refused. docs/serve.md shows the same table.
 */
final class ChatFields {
    static final ChatFields CHAT = new ChatFields("/v1/chat/completions", "chat");
    static final ChatFields COMPLETIONS = new ChatFields("/v1/completions", "completions");

    private final String path;
    private final Map<String, Field> fields = new LinkedHashMap<>();

    private ChatFields(String path, String name) {
        this.path = path;
        table().lines().skip(1).map(line -> line.split("\t", -1)).forEach(cells -> {
            if (cells[0].equals("both") || cells[0].equals(name)) {
                Standing standing = Standing.valueOf(cells[2].toUpperCase(Locale.ROOT));
                fields.put(cells[1], new Field(standing, cells[3].isEmpty() ? null : read(cells[3]), cells[4]));
            }
        });
    }

    /**
     * A field of the table.
     *
     * @param accepted a list of the values that are taken of a refused field, its default among them
     * @param meaning what it does here, or why it is refused
     */
    record Field(Standing standing, @Nullable JsonNode accepted, String meaning) {}

    /** Returns the path of the requests. */
    String path() {
        return path;
    }

    /** Returns the field that holds what is answered. */
    String prompt() {
        return fields.containsKey("messages") ? "messages" : "prompt";
    }

    /** Returns the fields by name. */
    Map<String, Field> fields() {
        return fields;
    }

    /**
     * Refuses a request with a field that isn't known, or that can't be granted and isn't at its default.
     *
     * @throws Refusal of status 400
     */
    void require(JsonNode request) {
        if (!request.isObject()) {
            throw new Refusal(400, "The request's body is no JSON object; send the fields as one.");
        }
        request.properties().forEach(entry -> {
            Field field = fields.get(entry.getKey());
            if (field == null) {
                throw new Refusal(400, "Unrecognized request argument supplied: " + entry.getKey())
                        .about(entry.getKey(), "unknown_parameter");
            }
            if (field.standing == Standing.REFUSED && !accepts(field, entry.getValue())) {
                throw new Refusal(
                                400,
                                "Unsupported parameter: '" + entry.getKey() + "' isn't served here (" + field.meaning
                                        + "); leave it out.")
                        .about(entry.getKey(), "unsupported_parameter");
            }
        });
    }

    private static boolean accepts(Field field, JsonNode value) {
        for (JsonNode each : Objects.requireNonNull(field.accepted)) {
            boolean number = each.isNumber() && value.isNumber() && each.doubleValue() == value.doubleValue();
            if (number || each.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static JsonNode read(String json) {
        try {
            return Json.read(json);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("chat-fields.tsv holds " + json, impossible);
        }
    }

    private static String table() {
        try {
            return HtmlPage.resource(ChatFields.class, "chat-fields.tsv");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
