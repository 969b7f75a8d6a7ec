package org.align4j.core.data.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads texts of a row that are messages as JSON: {@code "[{\"role\": \"user\", …}]"} becomes the list that it writes, whatever kind of file
 * holds it. Tables and tools that flatten rows write messages so.
 */
public final class MessageTexts {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool", "function", "model", "ipython");
    private static final Set<String> SPEAKERS =
            Set.of("human", "gpt", "system", "user", "assistant", "tool", "observation", "function_call", "chatgpt");

    /** The key of plain text to learn from, which is never messages. */
    private static final String PLAIN = "text";

    private MessageTexts() {}

    /** Returns the fields of a row with messages as lists or objects; a row that holds no such text is handed back as it is. */
    public static Map<String, @Nullable Object> read(Map<String, @Nullable Object> row) {
        return read(row, note -> {});
    }

    /** Returns the fields like {@link #read(Map)}, and reports each text that became messages, as a sentence about the row goes on. */
    public static Map<String, @Nullable Object> read(Map<String, @Nullable Object> row, Consumer<String> notes) {
        Map<String, @Nullable Object> fields = row;
        for (Map.Entry<String, @Nullable Object> entry : row.entrySet()) {
            String key = entry.getKey();
            Object messages = entry.getValue() instanceof String text && mayBeMessages(text) && !key.equals(PLAIN)
                    ? messagesOrNull(text)
                    : null;
            if (messages != null) {
                fields = fields == row ? new LinkedHashMap<>(row) : fields;
                fields.put(key, messages);
                notes.accept('"' + key + "\" is messages written as JSON text and is read as messages");
            }
        }
        return fields;
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
