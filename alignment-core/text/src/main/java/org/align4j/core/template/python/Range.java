package org.align4j.core.template.python;

import java.util.ArrayList;
import java.util.List;

/**
 * Holds the numbers of Python's {@code range}.
 *
 * @param start first number
 * @param stop first number beyond it
 * @param step from one number to the next
 */
record Range(long start, long stop, long step) {
    private static final long LONGEST = 100_000;

    public Range {
        if (step == 0) {
            throw PythonError.value("range() arg 3 must not be zero");
        }
        if (size(start, stop, step) > LONGEST) {
            throw new PythonError(
                    "OverflowError",
                    "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + LONGEST + ").");
        }
    }

    private static long size(long start, long stop, long step) {
        double span = step > 0 ? (double) stop - start : (double) start - stop;
        return span <= 0 ? 0 : (long) Math.ceil(span / Math.abs((double) step));
    }

    /** Counts the numbers of the range. */
    public int size() {
        return (int) size(start, stop, step);
    }

    /** Lists the numbers of the range. */
    public List<Object> items() {
        List<Object> items = new ArrayList<>(size());
        for (int i = 0; i < size(); i++) {
            items.add(start + i * step);
        }
        return items;
    }

    @Override
    public String toString() {
        return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
    }
}
