package org.align4j.core.data.layout.tool;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.layout.ForeignRow;
import org.align4j.core.data.layout.Layout;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.layout.RowParts;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads ShareGPT's conversations without a pair: turns with from and value, perhaps judged by kto_tag. */
public final class ShareGptRows implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.SHAREGPT;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.listsObjects("conversations", "from", "value")
                        && row.lacks("chosen", "rejected", "messages", "prompt", "rejected_response")
                ? "\"conversations\" with \"from\" and \"value\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        return List.of(row.with(RowParts.messages(row.list("conversations"), row.optional("kto_tag"))));
    }
}
