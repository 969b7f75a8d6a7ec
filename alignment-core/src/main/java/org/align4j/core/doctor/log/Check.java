package org.align4j.core.doctor.log;

import java.util.BitSet;
import java.util.Optional;
import org.align4j.core.data.read.RowReader.FileSummary;

/**
 * Examines one question about a preference log. It sees every row once, some of them again if it asks for them, keeps little, and
 * answers at the end.
 */
public interface Check {
    /** Nothing to note. */
    Runnable NOTHING = () -> {};

    /** Returns the name of this check in files and options. */
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

    /**
     * Returns the numbers of the rows that this check needs to see again, in order; asked after the last row and after each
     * second pass.
     */
    default BitSet again() {
        return new BitSet();
    }

    /** Looks again at a row that {@link #again} asked for. */
    default Runnable secondPass(LogRow row) {
        return NOTHING;
    }

    /** The answer; empty where no row had what the question is about. */
    Optional<Finding> finding();
}
