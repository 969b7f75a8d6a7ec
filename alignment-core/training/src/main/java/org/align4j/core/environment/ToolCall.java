package org.align4j.core.environment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.align4j.core.files.Json;

/**
 * Reads a call of a tool from what a model wrote: {@code {"name": …, "arguments": {…}}}, between {@code <tool_call>} and {@code
 * </tool_call>} or as the whole text. {@code "parameters"} stands for {@code "arguments"}, as Llama's templates have it.
 *
 * @param name the tool
 * @param arguments an object
 */
public record ToolCall(String name, JsonNode arguments) {
    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";

    /** Finds the first call; empty where there is none, or it is no call in JSON. */
    public static Optional<ToolCall> first(String text) {
        int open = text.indexOf(OPEN);
        int from = open < 0 ? 0 : open + OPEN.length();
        int close = text.indexOf(CLOSE, from);
        return read(text.substring(from, open < 0 || close < 0 ? text.length() : close)
                .strip());
    }

    /** Returns whether a text means to call a tool, in whatever form. */
    public static boolean isMeant(String text) {
        return text.contains(OPEN);
    }

    private static Optional<ToolCall> read(String json) {
        if (!json.startsWith("{")) {
            return Optional.empty();
        }
        try {
            JsonNode call = Json.read(json);
            JsonNode arguments = call.has("arguments") ? call.get("arguments") : call.path("parameters");
            return call.path("name").isTextual() && arguments.isObject()
                    ? Optional.of(new ToolCall(call.get("name").textValue(), arguments))
                    : Optional.empty();
        } catch (JsonProcessingException noJson) {
            return Optional.empty();
        }
    }

    /** Returns an argument that is a text or a number, as text; empty where there is none. */
    public Optional<String> argument(String key) {
        JsonNode value = arguments.path(key);
        return value.isTextual() || value.isNumber() ? Optional.of(value.asText()) : Optional.empty();
    }
}
