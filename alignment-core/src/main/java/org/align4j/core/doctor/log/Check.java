package org.align4j.core.doctor.log;

import java.util.BitSet;
import java.util.Optional;
import org.align4j.core.data.read.RowReader.FileSummary;

/**
 * One question about a preference log. It sees every row once, some of them again if it asks for them, keeps little, and
 * answers at the end.
 */
public interface Check {
    /** Nothing to note. */
    Runnable NOTHING = () -> {};

    /** What files and options call it. */
    String id();

    /**
     * Looks at a row, in any thread and without a trace.
     *
     * @return notes what was seen; called in the order of the rows, in one thread
     */
    Runnable look(LogRow row);

    /** Notes a row that can't be read. */
    default void bad(int row, String reason) {}

    /** Notes what was found in a file, after its rows. */
    default void file(FileSummary summary) {}

    /** Notes how many rows of a file were not shown because their object gave a row before. */
    default void further(int rows) {}

    /** After the last row, and after each second look: the numbers of the rows that it needs to see again, in that order. */
    default BitSet again() {
        return new BitSet();
    }

    /** Looks at a row that it asked for; like {@link #look}. */
    default Runnable secondPass(LogRow row) {
        return NOTHING;
    }

    /** The answer; empty where no row had what the question is about. */
    Optional<Finding> finding();
}
