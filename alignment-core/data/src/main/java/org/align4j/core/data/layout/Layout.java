package org.align4j.core.data.layout;

import java.util.List;
import java.util.Map;
import org.align4j.core.data.row.Fields;
import org.align4j.core.data.row.RowFormat;
import org.jspecify.annotations.Nullable;

/**
 * A layout of rows that others made.
 *
 * @param format the name that the command line has for it
 * @param evidence says which keys show a row to be of it
 * @param reader says what its rows say in a layout of this project
 */
public record Layout(RowFormat format, Evidence evidence, Reader reader) {
    /** Says whether a row is of a layout, by the keys that it has. */
    public interface Evidence {
        /** Returns the keys that show a row to be of the layout, as a message names them; null where it is of another. */
        @Nullable
        String of(Fields row);
    }

    /** Translates a row of a layout into rows of this project's own. */
    public interface Reader {
        /**
         * Translates a row: into pairs, labelled answers, answers to learn, or messages, as maps of the keys that this project
         * reads. A pair of which neither answer is better has {@code "tie": true}.
         *
         * @return at least one row
         * @throws org.align4j.core.error.InputException where the row is not complete, with file and line
         */
        List<Map<String, @Nullable Object>> rows(Fields row, PairRequest asked);
    }

    /**
     * Says which pairs, or which single answers, a reader makes of a row that allows several.
     *
     * @param pairing which pairs several graded answers give
     * @param single whether a single answer is asked for, where a row has one and a pair
     */
    public record PairRequest(Pairing pairing, boolean single) {}
}
