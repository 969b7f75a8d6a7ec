package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;

/** Gathers the bad rows of data that may have none, for one error that says each reason once and counts its rows. */
final class BadRowList {
    private final List<Outcome.Bad> first = new ArrayList<>();
    private final BadReasons reasons = new BadReasons();

    /** Adds a bad row; its message is complete, with file and line. */
    void add(Outcome.Bad row) {
        reasons.add(row.origin().place(), String.valueOf(row.error().getMessage()));
        if (first.size() < 2) {
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
        boolean alike = reasons.count() == 2
                && first.get(0).stage() == Outcome.Stage.ENCODING
                && first.get(0).reason().equals(first.get(1).reason());
        if (alike && used == 0) {
            throw first.get(0).error();
        }
    }

    boolean isEmpty() {
        return reasons.count() == 0;
    }

    /**
     * The error of the rows so far; that of a single row is its own.
     *
     * @param read how many rows there are, bad ones included
     */
    InputException error(int read) {
        if (reasons.count() == 1) {
            return first.get(0).error();
        }
        String end = reasons.count() == read
                ? "All " + read + " rows are bad."
                : reasons.count() + " bad rows of " + read + "; bad-rows drop leaves them out.";
        return new InputException(
                String.join("\n", reasons.sentences()) + "\n" + end,
                first.get(0).error());
    }
}
