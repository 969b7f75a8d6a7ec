package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads answers that a person edited: what was edited is better than what it was. */
final class Edits implements Layout {
    private static final List<String> PROMPTS =
            List.of("prompt", "question", "instruction", "query", "input", "messages");
    private static final List<String> PARTS = List.of("response", "answer", "output", "completion", "reply", "text");
    private static final List<String> AFTER = List.of("edited", "corrected", "revised");

    private record Names(String prompt, String before, String after) {}

    @Override
    public RowFormat format() {
        return RowFormat.EDITS;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        Names names = names(row);
        return names == null ? null : "\"" + names.before + "\" and \"" + names.after + "\"";
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        Names names = names(row);
        if (names == null) {
            throw row.error(
                    "edited_response",
                    "is not among the keys with a prompt and what it was; a row of edits needs prompt, original_response and"
                            + " edited_response (or keys of their like).");
        }
        return List.of(row.with(
                RowParts.pair(row.required(names.prompt), row.required(names.after), row.required(names.before))));
    }

    private static @Nullable Names names(ForeignRow row) {
        String prompt = row.firstOf(PROMPTS);
        if (prompt == null || !row.lacks("chosen", "rejected", "winner", "annotations")) {
            return null;
        }
        for (String part : PARTS) {
            for (String edited : AFTER) {
                String after = edited + "_" + part;
                for (String before : List.of("original_" + part, part)) {
                    if (!before.equals(prompt) && row.texts(before, after)) {
                        return new Names(prompt, before, after);
                    }
                }
            }
        }
        return row.texts("original", "edited") ? new Names(prompt, "original", "edited") : null;
    }
}
