package org.align4j.core.data.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/** ShareGPT's messages as LLaMA-Factory reads them: {@code {"from": "human", "value": …}}. */
final class ShareGpt {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SHOWN = 60;
    private static final String CALL = "function_call";

    /** What {@code from} is called as a role. */
    private static final Map<String, String> ROLES = Map.of(
            "human",
            "user",
            "user",
            "user",
            "gpt",
            "assistant",
            "assistant",
            "assistant",
            "system",
            "system",
            "observation",
            "tool",
            "tool",
            "tool",
            CALL,
            "assistant");

    private ShareGpt() {}

    /** Whether a message is written this way. */
    static boolean isOne(Map<String, ? extends @Nullable Object> parts) {
        return parts.containsKey("from") && parts.containsKey("value") && !parts.containsKey("role");
    }

    /**
     * The message with the names of roles and fields that chat templates know; other fields stay as they are.
     *
     * @throws InputException where {@code from} is no known speaker or {@code value} no text
     */
    static Message message(Map<String, ? extends @Nullable Object> parts) {
        Object from = parts.get("from");
        String role = from instanceof String speaker ? ROLES.get(speaker) : null;
        if (role == null) {
            throw new InputException("\"from\" is " + from
                    + " but must be human, gpt, system, observation or function_call (or user, assistant, tool).");
        }
        if (!(parts.get("value") instanceof String value)) {
            throw new InputException("\"value\" is " + Fields.kind(parts.get("value")) + " but must be text.");
        }
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", CALL.equals(from) ? "" : value);
        if (CALL.equals(from)) {
            message.put("tool_calls", calls(value));
        }
        parts.forEach((key, other) -> message.putIfAbsent(key, other));
        message.remove("from");
        message.remove("value");
        return Message.of(message);
    }

    private static List<Object> calls(String json) {
        List<Object> calls = new ArrayList<>();
        try {
            Object value = JSON.readValue(json, Object.class);
            for (Object call : value instanceof List<?> list ? list : Collections.singletonList(value)) {
                if (!(call instanceof Map<?, ?> map) || !(map.get("name") instanceof String)) {
                    throw new InputException(notACall(json));
                }
                Map<String, Object> written = new LinkedHashMap<>();
                written.put("type", "function");
                written.put("function", map);
                calls.add(written);
            }
        } catch (JsonProcessingException e) {
            throw new InputException(notACall(json), e);
        }
        return calls;
    }

    private static String notACall(String json) {
        return "a function_call is " + (json.length() > SHOWN ? json.substring(0, SHOWN) + "…" : json)
                + " but must be JSON such as {\"name\": …, \"arguments\": {…}}.";
    }
}
