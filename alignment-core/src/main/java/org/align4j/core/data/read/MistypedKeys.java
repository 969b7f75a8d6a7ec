package org.align4j.core.data.read;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.align4j.core.data.row.Columns;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.jspecify.annotations.Nullable;

/**
 * Finds the keys of a row that are nearly those this project knows, or that it doesn't heed.
 *
 * @param keys the keys of the row
 * @param columns what the file calls the columns
 */
record MistypedKeys(Set<String> keys, Columns columns) {
    private static final String WEIGHT = "weight";
    private static final Set<String> OPTIONAL = Set.of("margin", "label", "tools", "system", "history");

    /**
     * The end of a sentence about what a row lacks: a full stop, or the question whether one of its keys was meant.
     *
     * @param names what it may lack
     */
    String hint(Collection<String> names) {
        for (String key : keys) {
            String meant = meant(key, names);
            if (meant != null) {
                return "; did you mean " + meant + " instead of " + key + "?";
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
            String meant = meant(key, OPTIONAL);
            if (meant != null && !keys.contains(meant)) {
                sentences.add('"' + key + "\" is not read; did you mean " + meant + "? Else take it out");
            }
        }
        return sentences;
    }

    private @Nullable String meant(String key, Collection<String> names) {
        List<String> inFile = names.stream().map(columns::inFile).toList();
        boolean known = Columns.KNOWN.contains(key) || columns.names().containsValue(key);
        return known ? null : Nearest.close(key, inFile).orElse(null);
    }
}
