package org.align4j.core.data.layout;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reads Label Studio's JSON_MIN export: a row for each annotation, in which the task's fields and the controls' results stand side
 * by side: {@code "pw": [{"selected": "left"}]}, {@code "choice": "answer1"}, {@code "rating1": [{"rating": 4}]}.
 */
final class LabelStudioRows implements Layout {
    private static final Set<String> OF_THE_TOOL =
            Set.of("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement", "source");

    private final VoteLog votes = new VoteLog();

    @Override
    public RowFormat format() {
        return RowFormat.LABELSTUDIOMIN;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.has("annotation_id", "lead_time")
                        && votes.evidence(row) == null
                        && row.lacks("chosen", "rejected", "annotations")
                        && ShownAnswers.of(row.values()) != null
                ? "\"annotation_id\", \"lead_time\" and two answers"
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        ShownAnswers shown = ShownAnswers.of(row.values());
        if (shown == null) {
            throw row.error(
                    "annotation_id",
                    "stands beside no prompt with two answers whose names differ in their last part alone, such as answer1 and"
                            + " answer2; name the keys with align convert --map.");
        }
        row.optional(shown.promptKey());
        shown.keys().forEach(row::optional);
        row.optional("lead_time");
        Annotation said = new Annotation(row, shown, Map.of());
        @Nullable Double[] grades = new @Nullable Double[shown.texts().size()];
        for (String key : List.copyOf(row.values().keySet())) {
            if (OF_THE_TOOL.contains(key)
                    || key.equals(shown.promptKey())
                    || shown.keys().contains(key)) {
                continue;
            }
            Object value = row.peek(key);
            Object result = value instanceof List<?> list && list.size() == 1 ? list.get(0) : value;
            if (result instanceof Map<?, ?> map && map.get("rating") != null) {
                int rated = shown.named(key);
                if (rated >= 0) {
                    grades[rated] = ForeignRow.numberOrNull(map.get("rating"));
                    row.optional(key);
                }
                continue;
            }
            Object verdict = result instanceof Map<?, ?> map ? map.get("selected") : result;
            int named = verdict instanceof String text ? shown.named(text) : ShownAnswers.UNKNOWN;
            if (named != ShownAnswers.UNKNOWN) {
                row.optional(key);
                return said.ofVerdict(named);
            }
        }
        if (Arrays.stream(grades).filter(grade -> grade != null).count() > 1) {
            return said.ofGrades(Arrays.asList(grades), shown.keys().get(0), pairing);
        }
        throw row.error(
                "annotation_id",
                "stands beside " + String.join(" and ", shown.keys())
                        + ", but no result says which of them is better; take the row out, or say it with align convert --map.");
    }
}
