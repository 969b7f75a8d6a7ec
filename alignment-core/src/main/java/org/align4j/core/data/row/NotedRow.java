package org.align4j.core.data.row;

import java.util.List;

/**
 * A row that is right in form, and what was noticed when it was read.
 *
 * @param notes what is to be told of the row should it be used; mostly none
 */
public record NotedRow(Row row, List<RowNote> notes) {
    public NotedRow {
        notes = List.copyOf(notes);
    }
}
