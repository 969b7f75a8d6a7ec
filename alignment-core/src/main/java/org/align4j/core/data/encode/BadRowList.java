package org.align4j.core.data.encode;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;

/** Gathers the bad rows of data that may have none, for one error that names the first of them and counts the rest. */
final class BadRowList {
    private static final int SHOWN = 20;

    private final List<InputException> first = new ArrayList<>();
    private int count;

    /** One more; its message is complete, with file and line. */
    void add(InputException error) {
        count++;
        if (first.size() < SHOWN) {
            first.add(error);
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
        return count == 1 ? first.get(0) : error("bad rows of " + read);
    }

    /** The error of the rows so far and of what ended the reading after them. */
    InputException endedBy(InputException last) {
        if (isEmpty()) {
            return last;
        }
        InputException rows = error("bad rows so far");
        return new InputException(rows.getMessage() + "\nThen the reading ended: " + last.getMessage(), last);
    }

    private InputException error(String ofWhat) {
        StringBuilder text = new StringBuilder();
        first.forEach(error -> text.append(error.getMessage()).append('\n'));
        int more = count - first.size();
        text.append(more > 0 ? "… and " + more + " more: " : "").append(count + " " + ofWhat);
        text.append("; bad-rows drop leaves them out.");
        return new InputException(text.toString(), first.get(0));
    }
}
