package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads ShareGPT's conversations without a pair: turns with from and value, perhaps judged by kto_tag, or ms-swift's exchanges of human and assistant. */
final class ShareGptRows implements Layout {
    private static final String EXCHANGES = "conversation";

    @Override
    public RowFormat format() {
        return RowFormat.SHAREGPT;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        if (!row.lacks("chosen", "rejected", "messages", "prompt", "rejected_response")) {
            return null;
        }
        if (row.listsObjects("conversations", "from", "value")) {
            return "\"conversations\" with \"from\" and \"value\"";
        }
        return row.listsObjects(EXCHANGES, "human", "assistant")
                ? "\"conversation\" with \"human\" and \"assistant\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        if (row.has("conversations")) {
            return List.of(row.with(RowParts.messages(row.list("conversations"), row.optional("kto_tag"))));
        }
        List<Map<String, @Nullable Object>> turns = new ArrayList<>();
        for (ForeignRow exchange : row.objects(EXCHANGES)) {
            turns.add(RowParts.message("user", exchange.text("human")));
            turns.add(RowParts.message("assistant", exchange.text("assistant")));
        }
        return List.of(row.with(RowParts.messages(turns, null)));
    }
}
