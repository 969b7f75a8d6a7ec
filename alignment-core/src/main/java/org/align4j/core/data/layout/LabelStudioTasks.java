package org.align4j.core.data.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reads Label Studio's JSON export: a task with its {@code data} and all of its {@code annotations}, each of which gives a row.
 * Annotations that were cancelled, and those that say nothing of which answer is better, give none.
 */
final class LabelStudioTasks implements Layout {
    @Override
    public RowFormat format() {
        return RowFormat.LABELSTUDIO;
    }

    @Override
    public @Nullable String evidence(ForeignRow row) {
        return row.peek("data") instanceof Map<?, ?> && row.listsObjects("annotations", "result")
                ? "\"data\" and \"annotations\" with \"result\""
                : null;
    }

    @Override
    public List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing) {
        ForeignRow data = row.object("data");
        ShownAnswers shown = ShownAnswers.of(data.values());
        if (shown == null) {
            throw row.error(
                    "data",
                    "has no prompt with two answers whose names differ in their last part alone, such as answer1 and answer2;"
                            + " make prompt, chosen and rejected with align convert --map, or export JSON_MIN and name them"
                            + " with columns.");
        }
        for (String key : List.of("id", "project", "predictions", "drafts", "inner_id", "meta", "total_annotations")) {
            row.optional(key);
        }
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        int cancelled = 0;
        for (ForeignRow annotation : row.objects("annotations")) {
            if (Boolean.TRUE.equals(annotation.optional("was_cancelled"))) {
                cancelled++;
            } else {
                rows.addAll(ofOne(row, annotation, shown, pairing));
            }
        }
        if (cancelled > 0) {
            row.note("annotations that were cancelled give no row");
        }
        return rows;
    }

    private static List<Map<String, @Nullable Object>> ofOne(
            ForeignRow row, ForeignRow annotation, ShownAnswers shown, Pairing pairing) {
        Map<String, Object> beside = new LinkedHashMap<>();
        Object annotator = annotation.optional("completed_by");
        Object name = annotator instanceof Map<?, ?> person
                ? (person.get("email") == null ? person.get("id") : person.get("email"))
                : annotator;
        if (name != null) {
            beside.put("annotator", name);
        }
        Object time = annotation.optional("created_at");
        if (time != null) {
            beside.put("created_at", time);
        }
        Annotation said = new Annotation(row, shown, beside);
        @Nullable Double[] grades = new @Nullable Double[shown.texts().size()];
        for (ForeignRow result : annotation.objects("result")) {
            ForeignRow value = result.object("value");
            String verdict = verdict(value);
            if (verdict != null) {
                int named = shown.named(verdict);
                if (named != ShownAnswers.UNKNOWN) {
                    return said.ofVerdict(named);
                }
            }
            Double rating = ForeignRow.numberOrNull(value.peek("rating"));
            int rated = rating == null ? ShownAnswers.UNKNOWN : shown.named(String.valueOf(result.peek("to_name")));
            rated = rated < 0 && rating != null ? shown.named(String.valueOf(result.peek("from_name"))) : rated;
            if (rated >= 0) {
                grades[rated] = rating;
            }
        }
        boolean graded = Arrays.stream(grades).filter(grade -> grade != null).count() > 1;
        return graded ? said.ofGrades(Arrays.asList(grades), "annotations", pairing) : List.of();
    }

    /** Returns what a pairwise control or a single choice says; null where a result is another. */
    static @Nullable String verdict(ForeignRow value) {
        if (value.peek("selected") instanceof String selected) {
            return selected;
        }
        return value.peek("choices") instanceof List<?> choices
                        && choices.size() == 1
                        && choices.get(0) instanceof String choice
                ? choice
                : null;
    }
}
