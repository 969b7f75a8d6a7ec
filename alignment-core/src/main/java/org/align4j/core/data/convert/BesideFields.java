package org.align4j.core.data.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.data.convert.ConversionRules.FieldTemplate;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Origin;
import org.jspecify.annotations.Nullable;

/** What comes with the texts of a row and goes with it into another layout. */
final class BesideFields {
    /** Where a written row came from; a row that says so already keeps what it says. */
    static final String FILE = "source_file";

    static final String ROW = "source_row";

    private static final Set<String> KEPT =
            Set.of(("source_file source_row id annotator annotator_id rater rater_id labeler labeler_id position "
                            + "chosen_position user user_id session session_id conversation_id time timestamp created_at "
                            + "source language weight chat_template_kwargs")
                    .split(" "));

    private final Set<String> made;

    /** Keeps the usual names, and fields that templates make and no layout knows. */
    BesideFields(List<FieldTemplate> templates) {
        made = Set.copyOf(templates.stream()
                .map(FieldTemplate::key)
                .filter(key -> !Columns.KNOWN.contains(key))
                .toList());
    }

    boolean keeps(String key) {
        return KEPT.contains(key) || made.contains(key);
    }

    /** Returns the fields that go with a row: where it came from first. */
    Map<String, @Nullable Object> of(
            Origin origin, Map<String, ? extends @Nullable Object> row, Map<String, ? extends @Nullable Object> given) {
        Map<String, @Nullable Object> beside = new LinkedHashMap<>();
        boolean known = given.get(FILE) != null && given.get(ROW) != null;
        beside.put(FILE, known ? given.get(FILE) : origin.file());
        beside.put(ROW, known ? given.get(ROW) : Integer.valueOf(origin.row()));
        for (Map<String, ? extends @Nullable Object> fields : List.of(row, given)) {
            fields.forEach((key, value) -> {
                if (keeps(key) && value != null) {
                    beside.putIfAbsent(key, value);
                }
            });
        }
        return beside;
    }
}
