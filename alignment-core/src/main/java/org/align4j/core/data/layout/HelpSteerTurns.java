package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the prompts of HelpSteer, a text that may hold several turns, as messages. */
final class HelpSteerTurns {
    /** The mark between two turns, with the speaker of the next one. */
    private static final Pattern NEXT = Pattern.compile("\\n?<extra_id_1>(User|Assistant)\\n");

    private HelpSteerTurns() {}

    /** Returns a prompt's turns as messages: the user's first one, and those that a mark names. */
    public static List<Map<String, @Nullable Object>> prompt(String text) {
        List<Map<String, @Nullable Object>> turns = new ArrayList<>();
        Matcher marks = NEXT.matcher(text);
        String role = "user";
        int from = 0;
        while (marks.find()) {
            turns.add(RowParts.message(role, text.substring(from, marks.start())));
            role = marks.group(1).equals("User") ? "user" : "assistant";
            from = marks.end();
        }
        turns.add(RowParts.message(role, text.substring(from)));
        return turns;
    }

    /** Returns an answer as the assistant's message. */
    public static List<Map<String, @Nullable Object>> answer(String text) {
        return List.of(RowParts.message("assistant", text));
    }
}
