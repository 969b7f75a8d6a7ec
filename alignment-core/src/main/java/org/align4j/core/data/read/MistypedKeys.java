package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.align4j.core.data.row.Columns;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;

/**
 * Finds the keys of a row that are nearly those this project knows, or that it doesn't heed.
 *
 * @param keys the keys of the row
 * @param columns what the file calls the columns
 */
record MistypedKeys(Set<String> keys, Columns columns) {
    private static final String WEIGHT = "weight";
    private static final Set<String> OPTIONAL = Set.of("margin", "label", "tools", "system", "history");

    /** Which optional key another one was meant to be, where any. */
    private static final Remembered<Asked, Optional<String>> OPTIONAL_MEANT =
            new Remembered<>(asked -> meant(asked.key, OPTIONAL, asked.columns));

    /**
     * A key of a file.
     *
     * @param columns what the file calls the columns
     */
    private record Asked(String key, Columns columns) {}

    /**
     * The end of a sentence about what a row lacks: a full stop, or the question whether one of its keys was meant.
     *
     * @param names what it may lack
     */
    String hint(Collection<String> names) {
        for (String key : keys) {
            Optional<String> meant = meant(key, names, columns);
            if (meant.isPresent()) {
                return "; did you mean " + meant.get() + " instead of " + key + "?";
            }
        }
        return ".";
    }

    /** Tells, one sentence each, unread keys by which other makers ask for what is not done here. */
    static List<String> ofUnheeded(Fields fields) {
        List<String> sentences = new ArrayList<>();
        if (weighs(fields) && fields.unread().contains(WEIGHT)) {
            sentences.add("\"weight\" is not 1, but it is not read: each row counts the same");
        }
        if (fields.peek(BesideMessages.ARGUMENTS) != null && fields.unread().contains(BesideMessages.ARGUMENTS)) {
            sentences.add("\"" + BesideMessages.ARGUMENTS
                    + "\" is not read: this row is no conversation, which a chat template would write");
        }
        return sentences;
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

    /** Tells, one sentence each, unread keys that look like one that a row may have and this one lacks. */
    List<String> ofOptional(Collection<String> unread) {
        List<String> sentences = new ArrayList<>();
        for (String key : unread) {
            Optional<String> meant = OPTIONAL_MEANT.of(new Asked(key, columns));
            if (meant.isPresent() && !keys.contains(meant.get())) {
                sentences.add('"' + key + "\" is not read; did you mean " + meant.get() + "? Else take it out");
            }
        }
        return sentences;
    }

    private static Optional<String> meant(String key, Collection<String> names, Columns columns) {
        List<String> inFile = names.stream().map(columns::inFile).toList();
        boolean known = Columns.KNOWN.contains(key) || columns.names().containsValue(key);
        return known ? Optional.empty() : Nearest.close(key, inFile);
    }
}
