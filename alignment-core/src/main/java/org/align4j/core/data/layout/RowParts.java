package org.align4j.core.data.layout;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes messages, pairs and judged answers with their keys in one order, so that the same row is always written alike. */
final class RowParts {
    private RowParts() {}

    /** Returns a message of a role. */
    public static Map<String, @Nullable Object> message(String role, Object content) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", content);
        return message;
    }

    /**
     * Returns a pair.
     *
     * @param prompt text or messages; null where the answers hold it
     */
    public static Map<String, @Nullable Object> pair(@Nullable Object prompt, Object chosen, Object rejected) {
        Map<String, @Nullable Object> pair = new LinkedHashMap<>();
        if (prompt != null) {
            pair.put("prompt", prompt);
        }
        pair.put("chosen", chosen);
        pair.put("rejected", rejected);
        return pair;
    }

    /** Returns an answer to a prompt with its judgement. */
    public static Map<String, @Nullable Object> judged(Object prompt, Object completion, boolean label) {
        Map<String, @Nullable Object> judged = new LinkedHashMap<>();
        judged.put("prompt", prompt);
        judged.put("completion", completion);
        judged.put("label", label);
        return judged;
    }

    /** Returns messages with their judgement; null where they have none. */
    public static Map<String, @Nullable Object> messages(List<?> messages, @Nullable Object label) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("messages", messages);
        if (label != null) {
            row.put("label", label);
        }
        return row;
    }
}
