package org.align4j.core.doctor;

import java.util.BitSet;
import java.util.List;
import org.align4j.core.data.encode.Drop;
import org.align4j.core.data.encode.RowReport;
import org.align4j.core.doctor.log.LogSource;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a training as it has read them, for the checks that are made before it.
 *
 * @param data where the rows to train on come from
 * @param trained the numbers, among the rows of the data from 0, of those that are trained on
 * @param heldOut where the rows to evaluate on come from; null where there are none
 * @param evaluated the numbers, among the rows of {@code heldOut} from 0, of those that are evaluated on
 * @param encoded what the model's tokenizer and template made of the data; null where they were not asked
 */
public record ScreenedRows(
        LogSource data,
        BitSet trained,
        @Nullable LogSource heldOut,
        BitSet evaluated,
        @Nullable Encoded encoded) {
    /**
     * Holds what became of the data's rows on their way to tokens.
     *
     * @param drops those that are not used
     * @param report all of it in figures
     */
    public record Encoded(List<Drop> drops, RowReport report) {}
}
