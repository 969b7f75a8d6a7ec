package org.align4j.core.data.layout;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** Reads Amazon Nova's preferences: messages of which the last has two candidates, one preferred and one not. */
final class NovaCandidates implements Layout {
    /** Prompt, chosen and rejected. */
    private static final int PARTS = 3;

    @Override
    public RowFormat format() {
        return RowFormat.NOVA;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return lastOf(row) != null ? "\"messages\" of which the last has \"candidates\"" : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        List<ForeignRow> messages = row.objects("messages");
        row.optional("schemaVersion");
        ForeignRow last = messages.get(messages.size() - 1);
        Map<String, @Nullable Object> pair = new LinkedHashMap<>();
        pair.put("prompt", row.list("messages").subList(0, messages.size() - 1));
        for (ForeignRow candidate : last.objects("candidates")) {
            String label = candidate.text("preferenceLabel");
            if (!label.equals("preferred") && !label.equals("non-preferred")) {
                throw candidate.error("preferenceLabel", "is " + label + " but must be preferred or non-preferred.");
            }
            Map<String, @Nullable Object> answer = RowParts.message("assistant", candidate.required("content"));
            if (pair.put(label.equals("preferred") ? "chosen" : "rejected", List.of(answer)) != null) {
                throw candidate.error(
                        "preferenceLabel", "is " + label + " twice; one candidate must be preferred, one not.");
            }
        }
        if (pair.size() != PARTS) {
            throw last.error("candidates", "must have one preferred and one non-preferred candidate.");
        }
        return List.of(row.with(pair));
    }

    private static @Nullable Object lastOf(ForeignRow row) {
        return row.peek("messages") instanceof List<?> list
                        && !list.isEmpty()
                        && list.get(list.size() - 1) instanceof Map<?, ?> last
                ? last.get("candidates")
                : null;
    }
}
