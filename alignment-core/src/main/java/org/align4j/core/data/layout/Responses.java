package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads binarized preferences of Argilla: an instruction, chosen_response and rejected_response. */
final class Responses implements Layout {
    private static final List<String> PROMPTS = List.of("instruction", "prompt", "question", "input");

    @Override
    public RowFormat format() {
        return RowFormat.ARGILLA;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        String prompt = row.firstOf(PROMPTS);
        return prompt != null && row.texts("chosen_response", "rejected_response")
                ? "\"" + prompt + "\", \"chosen_response\" and \"rejected_response\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        String prompt = row.firstOf(PROMPTS);
        return List.of(row.with(RowParts.pair(
                row.required(prompt == null ? "instruction" : prompt),
                row.text("chosen_response"),
                row.text("rejected_response"))));
    }
}
