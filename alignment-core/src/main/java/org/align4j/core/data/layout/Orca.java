package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads the pairs made of Orca by Intel and by Argilla: a system text, a question and two answers. */
final class Orca implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.ORCA;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        String question = question(row);
        return question == null ? null : "\"system\", \"" + question + "\", \"chosen\" and \"rejected\"";
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        String question = question(row);
        Map<String, @Nullable Object> pair = RowParts.pair(
                row.text(question == null ? "question" : question), row.text("chosen"), row.text("rejected"));
        if ("tie".equals(row.optional("status"))) { // Argilla's word for two equal ratings
            pair.put("tie", true);
        }
        return List.of(row.with(pair));
    }

    private static @Nullable String question(ForeignRow row) {
        boolean pair = row.texts("system", "chosen", "rejected") && row.lacks("prompt", "instruction");
        return !pair ? null : row.texts("question") ? "question" : row.texts("input") ? "input" : null;
    }
}
