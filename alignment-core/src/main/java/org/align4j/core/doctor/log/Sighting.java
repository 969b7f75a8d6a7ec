package org.align4j.core.doctor.log;

import org.jspecify.annotations.Nullable;

/**
 * A row in which something was found.
 *
 * @param row its number
 * @param other the number of the row that it belongs with, or {@link #ALONE}
 * @param note what is special about this row, or null
 */
public record Sighting(int row, int other, @Nullable String note) {
    /** No other row has to do with it. */
    public static final int ALONE = -1;

    public static Sighting of(int row) {
        return new Sighting(row, ALONE, null);
    }

    public static Sighting of(int row, String note) {
        return new Sighting(row, ALONE, note);
    }

    public static Sighting of(int row, int other) {
        return new Sighting(row, other, null);
    }
}
