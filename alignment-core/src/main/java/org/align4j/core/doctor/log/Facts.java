package org.align4j.core.doctor.log;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What stands beside the texts of a row, each null where the row doesn't say.
 *
 * @param annotator who judged
 * @param position in which slot the chosen answer was shown, as the row spells it
 * @param source where the row comes from
 * @param chosenModel who wrote the chosen answer
 * @param rejectedModel who wrote the rejected one
 */
public record Facts(
        @Nullable String annotator,
        @Nullable String position,
        @Nullable String source,
        @Nullable String chosenModel,
        @Nullable String rejectedModel) {
    /** Nothing is known. */
    public static final Facts NONE = new Facts(null, null, null, null, null);

    private static final List<String> ANNOTATOR =
            List.of("annotator", "annotator_id", "rater", "rater_id", "labeler", "labeler_id", "worker", "worker_id");
    private static final List<String> POSITION = List.of("position", "chosen_position", "slot", "chosen_slot");
    private static final List<String> SOURCE = List.of("source", "dataset", "data_source", "origin");
    private static final List<String> CHOSEN_MODEL = List.of("chosen_model", "model_chosen", "chosen_source");
    private static final List<String> REJECTED_MODEL = List.of("rejected_model", "model_rejected", "rejected_source");

    /** Tells whether a key says something of this. */
    public static boolean reads(String key) {
        return Stream.of(ANNOTATOR, POSITION, SOURCE, CHOSEN_MODEL, REJECTED_MODEL)
                .anyMatch(keys -> keys.contains(key));
    }

    /** Reads them from an object of a file. */
    static Facts of(Map<String, ? extends @Nullable Object> fields) {
        return new Facts(
                first(fields, ANNOTATOR),
                first(fields, POSITION),
                first(fields, SOURCE),
                first(fields, CHOSEN_MODEL),
                first(fields, REJECTED_MODEL));
    }

    private static @Nullable String first(Map<String, ? extends @Nullable Object> fields, List<String> names) {
        for (String name : names) {
            Object value = fields.get(name);
            if (value instanceof Boolean
                    || value instanceof Number
                    || (value instanceof String text && !text.isBlank())) {
                return String.valueOf(value).strip();
            }
        }
        return null;
    }
}
