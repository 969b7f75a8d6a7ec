package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads Gemini's rows of Vertex AI: contents of parts, perhaps with two completions and their scores. */
final class Vertex implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.VERTEX;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.listsObjects("contents", "parts")
                ? "\"contents\" with \"parts\"" + (row.has("completions") ? " and \"completions\"" : "")
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        List<Map<String, @Nullable Object>> messages = new ArrayList<>();
        for (String key : List.of("systemInstruction", "system_instruction")) {
            if (row.has(key)) {
                messages.add(RowParts.message("system", text(row.object(key))));
            }
        }
        row.objects("contents").forEach(turn -> messages.add(message(turn)));
        if (!row.has("completions")) {
            return List.of(row.with(RowParts.messages(messages, null)));
        }
        GradedAnswers answers = new GradedAnswers(row, "completions");
        for (ForeignRow completion : row.objects("completions")) {
            answers.add(List.of(message(completion.object("completion"))), completion.number("score"));
        }
        return answers.pairs(messages, pairing);
    }

    private static Map<String, @Nullable Object> message(ForeignRow turn) {
        String role = turn.has("role") ? turn.text("role") : "user";
        return RowParts.message(role.equals("model") ? "assistant" : role, text(turn));
    }

    private static String text(ForeignRow turn) {
        StringBuilder text = new StringBuilder();
        turn.objects("parts").forEach(part -> text.append(part.text("text")));
        return text.toString();
    }
}
