package org.align4j.core.data.layout;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads preferences of ms-swift: messages that end with the better answer, or query and response, beside rejected_response or rejected_messages. */
final class Swift implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.SWIFT;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        boolean worse = row.texts("rejected_response") || row.listsObjects("rejected_messages");
        boolean better = row.listsObjects("messages") || row.texts("query", "response");
        return better && worse && row.lacks("chosen", "rejected")
                ? (row.has("messages") ? "\"messages\" and " : "\"query\", \"response\" and ")
                        + (row.has("rejected_response") ? "\"rejected_response\"" : "\"rejected_messages\"")
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        Map<String, @Nullable Object> said = new LinkedHashMap<>();
        if (!row.has("messages")) {
            said.put("prompt", row.text("query"));
            said.put("chosen", row.text("response"));
            said.put("rejected", row.text("rejected_response"));
        } else if (row.has("rejected_messages")) {
            said.put("chosen", row.list("messages"));
            said.put("rejected", row.list("rejected_messages"));
        } else {
            List<?> messages = row.list("messages");
            int cut = messages.size();
            while (cut > 0 && messages.get(cut - 1) instanceof Map<?, ?> turn && "assistant".equals(turn.get("role"))) {
                cut--;
            }
            if (cut == messages.size() || cut == 0) {
                throw row.error("messages", "must end with the assistant's better answer to an earlier message.");
            }
            said.put("prompt", messages.subList(0, cut));
            said.put("chosen", messages.subList(cut, messages.size()));
            said.put("rejected", List.of(RowParts.message("assistant", row.text("rejected_response"))));
        }
        return List.of(row.with(said));
    }
}
