package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads questions of Stack Exchange with two answers, of which response_j is the better one. */
final class StackPairs implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.STACKPAIRED;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.texts("question", "response_j", "response_k")
                ? "\"question\", \"response_j\" and \"response_k\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        return List.of(row.with(RowParts.pair(row.text("question"), row.text("response_j"), row.text("response_k"))));
    }
}
