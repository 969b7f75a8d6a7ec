package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes messages, pairs and labelled answers with their keys in one order, so that the same row is always written alike. */
final class RowParts {
    /** The mark between two turns of HelpSteer, with the speaker of the next one. */
    private static final Pattern NEXT = Pattern.compile("\\n?<extra_id_1>(User|Assistant)\\n");

    private RowParts() {}

    /** Returns a message of a role. */
    static Map<String, @Nullable Object> message(String role, Object content) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", role);
        message.put("content", content);
        return message;
    }

    /**
     * Returns the fields of a preference row.
     *
     * @param prompt text or messages; null where the answers hold it
     */
    static Map<String, @Nullable Object> pair(@Nullable Object prompt, Object chosen, Object rejected) {
        Map<String, @Nullable Object> pair = new LinkedHashMap<>();
        if (prompt != null) {
            pair.put("prompt", prompt);
        }
        pair.put("chosen", chosen);
        pair.put("rejected", rejected);
        return pair;
    }

    /** Returns an answer to a prompt with its judgement. */
    static Map<String, @Nullable Object> judged(Object prompt, Object completion, boolean label) {
        Map<String, @Nullable Object> judged = new LinkedHashMap<>();
        judged.put("prompt", prompt);
        judged.put("completion", completion);
        judged.put("label", label);
        return judged;
    }

    /** Returns messages with their judgement; null where they have none. */
    static Map<String, @Nullable Object> messages(List<?> messages, @Nullable Object label) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("messages", messages);
        if (label != null) {
            row.put("label", label);
        }
        return row;
    }

    /** Returns a prompt of HelpSteer, a text that may hold several turns, as messages: the user's first one, and those that a mark names. */
    static List<Map<String, @Nullable Object>> turns(String text) {
        List<Map<String, @Nullable Object>> turns = new ArrayList<>();
        Matcher marks = NEXT.matcher(text);
        String role = "user";
        int from = 0;
        while (marks.find()) {
            turns.add(message(role, text.substring(from, marks.start())));
            role = marks.group(1).equals("User") ? "user" : "assistant";
            from = marks.end();
        }
        turns.add(message(role, text.substring(from)));
        return turns;
    }

    /** Returns an answer as the assistant's message. */
    static List<Map<String, @Nullable Object>> answer(String text) {
        return List.of(message("assistant", text));
    }
}
