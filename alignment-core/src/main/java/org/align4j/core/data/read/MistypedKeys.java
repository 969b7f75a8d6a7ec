package org.align4j.core.data.read;

import java.util.Optional;
import java.util.Set;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.Fields;
import org.align4j.core.error.InputException;

/** Finds the keys of a row that are nearly those this project knows, or that it doesn't heed. */
final class MistypedKeys {
    private static final String WEIGHT = "weight";
    private static final Set<String> OPTIONAL = Set.of("margin", "label", "tools", "system", "history");

    /** Which optional key another one was meant to be, where any. */
    private static final Remembered<ColumnKey, Optional<String>> MEANT =
            new Remembered<>(asked -> asked.columns.meant(asked.key, OPTIONAL));

    private MistypedKeys() {}

    /**
     * A key of a file.
     *
     * @param columns what the file calls the columns
     */
    private record ColumnKey(String key, Columns columns) {}

    /**
     * Notes unread keys that look like one that a row may have and this one lacks, and those by which other makers ask for what is not
     * done here.
     */
    static void note(Fields fields, Columns columns) {
        Set<String> unread = fields.unread();
        for (String key : unread) {
            Optional<String> meant = MEANT.of(new ColumnKey(key, columns));
            if (meant.isPresent() && !fields.values().containsKey(meant.get())) {
                fields.note('"' + key + "\" is not read; did you mean " + meant.get() + "? Else take it out");
            }
        }
        if (weighs(fields) && unread.contains(WEIGHT)) {
            fields.note("\"weight\" is not 1, but it is not read: each row counts the same");
        }
        if (fields.peek(BesideMessages.ARGUMENTS) != null && unread.contains(BesideMessages.ARGUMENTS)) {
            fields.note("\"" + BesideMessages.ARGUMENTS
                    + "\" is not read: this row is no conversation, which a chat template would write");
        }
    }

    /**
     * Refuses a row that must count more or less than others when it is learned.
     *
     * @throws InputException with file, line and weight
     */
    static void requireUsualWeight(Fields fields) {
        if (weighs(fields)) {
            throw fields.error(
                    WEIGHT,
                    "is " + fields.peek(WEIGHT) + " but must be 1: each row counts the same; take rows that shall not"
                            + " count out, put those that shall count twice into a file of their own (2*FILE), or take the"
                            + " key out.");
        }
    }

    private static boolean weighs(Fields fields) {
        return fields.peek(WEIGHT) instanceof Number weight && weight.doubleValue() != 1;
    }
}
