package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;

/** Gathers the bad rows of data that may have none, for one error that names the first of them and counts the rest. */
final class BadRowList {
    private static final int SHOWN = 20;

    private final List<Outcome.Bad> first = new ArrayList<>();
    private int count;

    /** Adds a bad row; its message is complete, with file and line. */
    void add(Outcome.Bad row) {
        count++;
        if (first.size() < SHOWN) {
            first.add(row);
        }
    }

    /**
     * Ends the reading where the fault is not the rows': the first two can't be encoded for the same reason.
     *
     * @param used rows that could be encoded
     * @throws InputException the first row's
     */
    void requireOthers(int used) {
        boolean alike = count == 2
                && first.get(0).stage() == Outcome.Stage.ENCODING
                && first.get(0).reason().equals(first.get(1).reason());
        if (alike && used == 0) {
            throw first.get(0).error();
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    /**
     * The error of the rows so far; that of a single row is its own.
     *
     * @param read how many rows there are, bad ones included
     */
    InputException error(int read) {
        if (count == 1) {
            return first.get(0).error();
        }
        StringBuilder text = new StringBuilder();
        first.forEach(row -> text.append(row.error().getMessage()).append('\n'));
        int more = count - first.size();
        text.append(more > 0 ? "… and " + more + " more: " : "")
                .append(count + " bad rows of " + read + "; bad-rows drop leaves them out.");
        return new InputException(text.toString(), first.get(0).error());
    }
}
