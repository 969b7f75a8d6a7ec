package org.align4j.core.data.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.Whitespace;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.files.Json;
import org.align4j.core.text.Message;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of a field: a list of them, or the one that is there alone. A message is {@code {"role",
 * "content"}} or ShareGPT's {@code {"from", "value"}}.
 */
final class RowMessages {
    private final Fields fields;
    private final String name;

    private RowMessages(Fields fields, String name) {
        this.fields = fields;
        this.name = name;
    }

    /** Returns whether a value is messages by its form: a list, or one message alone. */
    static boolean are(@Nullable Object value) {
        return value instanceof List<?> || isOne(value);
    }

    private static boolean isOne(@Nullable Object value) {
        return value instanceof Map<?, ?> map && (map.containsKey("role") || map.containsKey("from"));
    }

    /** Reads a field of at least one message. */
    static List<Message> read(Fields fields, String name) {
        RowMessages reader = new RowMessages(fields, name);
        Object value = fields.required(name);
        if (isOne(value)) {
            return List.of(reader.message(0, value));
        }
        if (!(value instanceof List<?> list)) {
            throw fields.error(name, "is " + Fields.kind(value) + " but must be a list of messages.");
        }
        if (list.isEmpty()) {
            throw fields.error(name, "is an empty list but must hold at least one message.");
        }
        List<Message> messages = new ArrayList<>(list.size());
        for (Object item : list) {
            messages.add(reader.message(messages.size(), item));
        }
        return List.copyOf(messages);
    }

    /** Reads one message of a field that is a list. */
    static Message one(Fields fields, String name, int index, @Nullable Object item) {
        return new RowMessages(fields, name).message(index, item);
    }

    /** The answer's messages; one of them must say or call something. */
    static List<Message> answer(Fields fields, String name) {
        List<Message> messages = read(fields, name);
        if (messages.stream().allMatch(RowMessages::saysNothing)) {
            throw fields.emptyAnswer(name);
        }
        return messages;
    }

    static boolean saysNothing(Message message) {
        Object content = message.fields().get("content");
        boolean empty = content == null || (content instanceof String text && Whitespace.only(text));
        return empty && message.fields().get("tool_calls") == null;
    }

    private Message message(int index, @Nullable Object item) {
        String place = "has message " + index + " ";
        if (!(item instanceof Map<?, ?> map)) {
            throw fields.error(name, place + "that is " + Fields.kind(item) + " but must be {\"role\", \"content\"}.");
        }
        Map<String, @Nullable Object> parts = new LinkedHashMap<>();
        map.forEach((key, value) -> parts.put((String) key, value));
        try {
            if (ShareGpt.isOne(parts)) {
                return ShareGpt.message(parts);
            }
            requireForm(place, parts);
            parts.computeIfPresent("content", (key, content) -> typed(content));
            return Message.of(parts);
        } catch (InputException e) {
            throw fields.within(name, place + "where ", e);
        }
    }

    private void requireForm(String place, Map<String, @Nullable Object> parts) {
        boolean says = parts.containsKey("content") || parts.containsKey("tool_calls");
        if (!says || !(parts.get("role") instanceof String)) {
            throw fields.error(
                    name,
                    place + "with the keys " + Shortened.list(parts.keySet())
                            + " but a message needs role (text) and content.");
        }
    }

    /**
     * Bedrock's parts {@code {"text"}} without a type are parts of type text, as every other maker writes them; a part's null
     * fields are of other parts, as tables of columns have them.
     */
    private static Object typed(Object content) {
        if (!(content instanceof List<?> list)
                || list.stream().noneMatch(part -> untypedText(part) || hasNulls(part))) {
            return content;
        }
        List<@Nullable Object> parts = new ArrayList<>();
        for (Object part : list) {
            parts.add(
                    untypedText(part) ? textPart(((Map<?, ?>) part).get("text")) : hasNulls(part) ? whole(part) : part);
        }
        return parts;
    }

    private static boolean hasNulls(@Nullable Object part) {
        return part instanceof Map<?, ?> map && map.get("text") instanceof String && map.containsValue(null);
    }

    private static Map<String, @Nullable Object> whole(Object part) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        ((Map<?, ?>) part).forEach((key, value) -> {
            if (value != null) {
                fields.put((String) key, value);
            }
        });
        return fields;
    }

    private static Map<String, @Nullable Object> textPart(@Nullable Object text) {
        Map<String, @Nullable Object> part = new LinkedHashMap<>();
        part.put("type", "text");
        part.put("text", text);
        return part;
    }

    private static boolean untypedText(@Nullable Object part) {
        return part instanceof Map<?, ?> map && map.size() == 1 && map.get("text") instanceof String;
    }

    /** ShareGPT's messages as LLaMA-Factory reads them: {@code {"from": "human", "value": …}}. */
    private static final class ShareGpt {
        private static final int SHOWN = 60;
        private static final String CALL = "function_call";

        /** What {@code from} is called as a role. */
        private static @Nullable String role(@Nullable Object from) {
            return switch (String.valueOf(from)) {
                case "human", "user" -> "user";
                case "gpt", "assistant", CALL -> "assistant";
                case "system" -> "system";
                case "observation", "tool" -> "tool";
                default -> null;
            };
        }

        private ShareGpt() {}

        /** Whether a message is a ShareGPT message. */
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
            String role = from instanceof String ? role(from) : null;
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
                Object value = Json.read(json, Object.class);
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
}
