package org.align4j.core.data.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a row in which texts that are messages as JSON became messages: {@code "[{\"role\": \"user\", …}]"} is read as
 * the list that it writes, whatever kind of file holds it. Tables and tools that flatten rows write messages so.
 *
 * @param fields the fields, messages as lists or objects
 * @param keys the keys of those that were texts
 */
public record MessageTexts(Map<String, @Nullable Object> fields, List<String> keys) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool", "function", "model", "ipython");
    private static final Set<String> SPEAKERS =
            Set.of("human", "gpt", "system", "user", "assistant", "tool", "observation", "function_call", "chatgpt");

    /** The key of plain text to learn from, which is never messages. */
    private static final String PLAIN = "text";

    /** Reads the fields of a row; those that hold no such text are handed back as they are. */
    public static MessageTexts of(Map<String, @Nullable Object> row) {
        Map<String, @Nullable Object> fields = row;
        List<String> keys = List.of();
        for (Map.Entry<String, @Nullable Object> entry : row.entrySet()) {
            Object messages = entry.getValue() instanceof String text
                            && mayBeMessages(text)
                            && !entry.getKey().equals(PLAIN)
                    ? messagesOrNull(text)
                    : null;
            if (messages != null) {
                if (keys.isEmpty()) {
                    fields = new LinkedHashMap<>(row);
                    keys = new ArrayList<>();
                }
                fields.put(entry.getKey(), messages);
                keys.add(entry.getKey());
            }
        }
        return new MessageTexts(fields, keys);
    }

    /** Tells of each text that became messages, as a sentence about the row goes on. */
    public List<String> notes() {
        return keys.stream()
                .map(key -> '"' + key + "\" is messages written as JSON text and is read as messages")
                .toList();
    }

    private static boolean mayBeMessages(String text) {
        int start = 0;
        while (start < text.length() && text.charAt(start) <= ' ') {
            start++;
        }
        return start < text.length() && (text.charAt(start) == '[' || text.charAt(start) == '{');
    }

    private static @Nullable Object messagesOrNull(String text) {
        try (JsonParser parser = JSON.createParser(text.strip())) {
            parser.nextToken();
            Object value = JsonValue.of(parser);
            boolean messages = value instanceof List<?> list
                    ? !list.isEmpty() && list.stream().allMatch(MessageTexts::isMessage)
                    : isMessage(value);
            return messages && parser.nextToken() == null ? value : null;
        } catch (IOException e) {
            return null; // another text that begins with a bracket
        }
    }

    private static boolean isMessage(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> message)) {
            return false;
        }
        boolean says = message.containsKey("content") || message.containsKey("tool_calls");
        boolean shared = message.get("from") instanceof String speaker
                && SPEAKERS.contains(speaker)
                && message.get("value") instanceof String;
        return shared || (says && message.get("role") instanceof String role && ROLES.contains(role));
    }
}
