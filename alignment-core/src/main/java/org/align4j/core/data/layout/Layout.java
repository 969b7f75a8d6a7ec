package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/** A layout of rows that others made: how its rows are known, and what they say in a layout of this project. */
public interface Layout {

    /** Returns the name that the command line has for this layout. */
    RowFormat format();

    /** Returns the keys that show a row to be of this layout, as a message names them; null where it is of another. */
    @Nullable
    String evidence(ForeignRow row);

    /**
     * Translates a row: into pairs, labelled answers, answers to learn, or messages, as maps of the keys that this project
     * reads. A pair of which neither answer is better has {@code "tie": true}.
     *
     * @param pairing which pairs several graded answers give
     * @return at least one row
     * @throws org.align4j.core.error.InputException where the row is not complete, with file and line
     */
    List<Map<String, @Nullable Object>> rows(ForeignRow row, Pairing pairing);
}
