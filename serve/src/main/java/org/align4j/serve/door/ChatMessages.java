package org.align4j.serve.door;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.files.Json;
import org.align4j.core.text.Message;
import org.align4j.serve.chat.CallForm;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of a chat as chat templates want them: contents of text, arguments of calls as objects, ids as the model's template
 * takes them.
 *
 * @param form how the model writes calls; null where it can't call
 */
record ChatMessages(@Nullable CallForm form) {
    /** Messages of a chat, and calls of functions of one message. */
    private static final int MOST = 2048;

    private static final int MOST_CALLS = 128;
    private static final Map<String, Set<String>> FIELDS = Map.of(
            "system", Set.of("role", "content", "name"),
            "developer", Set.of("role", "content", "name"),
            "user", Set.of("role", "content", "name"),
            "assistant",
                    Set.of(
                            "role",
                            "content",
                            "name",
                            "refusal",
                            "tool_calls",
                            "reasoning_content",
                            "annotations",
                            "audio",
                            "function_call"),
            "tool", Set.of("role", "content", "tool_call_id"));

    /** Fields that clients send back as they came with an answer, where they say nothing. */
    private static final Set<String> EMPTY = Set.of("annotations", "audio", "function_call", "refusal");

    /** Reads all messages; there must be one. */
    List<Message> read(JsonNode messages) {
        if (!messages.isArray() || messages.isEmpty()) {
            throw wrong("messages", "messages must be a list of at least one message.");
        }
        if (messages.size() > MOST) {
            throw wrong(
                    "messages",
                    "messages holds " + messages.size() + " messages, but may hold " + MOST
                            + "; leave the oldest out.");
        }
        List<Message> read = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            read.add(message("messages[" + i + "]", messages.get(i)));
        }
        return read;
    }

    private Message message(String place, JsonNode message) {
        String role = message.path("role").asText();
        Set<String> known = FIELDS.get(role);
        if (known == null) {
            throw wrong(
                    place + ".role",
                    "Invalid value: '" + role
                            + "'. Supported values are: 'system', 'developer', 'user', 'assistant' and 'tool'.");
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("role", role);
        fields.put("content", content(place, role, message));
        message.properties().forEach(entry -> {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            if (!known.contains(name)) {
                throw wrong(place + "." + name, "Unrecognized field of a message: " + place + "." + name + ".");
            }
            boolean nothing = value.isNull() || (value.isContainerNode() && value.isEmpty());
            if (EMPTY.contains(name) && !nothing) {
                throw wrong(
                        place + "." + name,
                        place + "." + name + " isn't read here; send what the assistant said as content"
                                + (name.equals("function_call") ? ", its calls as tool_calls." : "."));
            }
            if (!nothing && !name.equals("role") && !name.equals("content")) {
                fields.put(name, name.equals("tool_calls") ? calls(place, value) : text(place + "." + name, value));
            }
        });
        fields.computeIfPresent("tool_call_id", (name, id) -> writtenId(String.valueOf(id)));
        require(place, role, fields);
        return Message.of(fields);
    }

    private static void require(String place, String role, Map<String, @Nullable Object> fields) {
        if (role.equals("tool") && !fields.containsKey("tool_call_id")) {
            throw wrong(
                    place + ".tool_call_id",
                    "Missing required parameter: '" + place
                            + ".tool_call_id'; it names the call that this message answers.");
        }
    }

    private String content(String place, String role, JsonNode message) {
        JsonNode content = message.path("content");
        boolean calls = role.equals("assistant") && message.path("tool_calls").size() > 0;
        if (content.isTextual()) {
            return content.textValue();
        }
        if ((content.isNull() || content.isMissingNode()) && calls) {
            return "";
        }
        if (!content.isArray() || (content.isEmpty() && !calls)) {
            throw wrong(
                    place + ".content",
                    "Invalid value for 'content': expected a string or a list of parts of type text at " + place
                            + ".content.");
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            JsonNode part = content.get(i);
            String type = part.path("type").asText();
            if (!type.equals("text") || !part.path("text").isTextual()) {
                throw wrong(
                        place + ".content[" + i + "]",
                        place + ".content[" + i + "] is a part of type '" + type
                                + "', but models here read parts of type text alone; leave it out.");
            }
            text.append(part.path("text").textValue());
        }
        return text.toString();
    }

    private List<Object> calls(String place, JsonNode calls) {
        if (form == null) {
            throw wrong(
                    place + ".tool_calls",
                    "The model's chat template writes no calls of functions in a form that is known here; leave"
                            + " tool_calls out, or ask a model that has tools.");
        }
        if (calls.size() > MOST_CALLS) {
            throw wrong(place + ".tool_calls", place + ".tool_calls must hold at most " + MOST_CALLS + " calls.");
        }
        List<Object> read = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            JsonNode call = calls.get(i);
            String at = place + ".tool_calls[" + i + "]";
            JsonNode function = call.path("function");
            if (!call.path("type").asText("function").equals("function")
                    || !function.path("name").isTextual()) {
                throw wrong(at, at + " must be a call of type function with a function's name and arguments.");
            }
            Map<String, Object> written = new LinkedHashMap<>();
            written.put("name", function.path("name").textValue());
            written.put("arguments", arguments(at + ".function.arguments", function.path("arguments")));
            Map<String, Object> whole = new LinkedHashMap<>();
            whole.put("id", writtenId(call.path("id").asText()));
            whole.put("type", "function");
            whole.put("function", written);
            read.add(whole);
        }
        return read;
    }

    private String writtenId(String id) {
        return form == null ? id : form.writtenId(id);
    }

    private static Object arguments(String place, JsonNode arguments) {
        try {
            Object value = Json.read(arguments.isTextual() ? arguments.textValue() : "", Object.class);
            if (value instanceof Map<?, ?> map) {
                return map;
            }
        } catch (JsonProcessingException e) {
            // said below
        }
        throw wrong(place, place + " must be a text that holds a JSON object.");
    }

    private static String text(String place, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(place, "Invalid type for '" + place + "': expected a string.");
        }
        return value.textValue();
    }

    private static Refusal wrong(String field, String message) {
        return new Refusal(400, message).about(field, "invalid_value");
    }
}
