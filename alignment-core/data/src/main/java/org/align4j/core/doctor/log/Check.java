package org.align4j.core.doctor.log;

import java.util.BitSet;
import java.util.Optional;
import org.align4j.core.data.read.RowReader.FileSummary;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.jspecify.annotations.Nullable;

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

    /**
     * A check that can look at rows in parts: its answer follows from the sum of what it noted of each. Where the answer depends on rows
     * that have something in common, these are in one part.
     */
    interface InParts extends Check {
        /** Returns what was noted of the rows so far. */
        Noted noted();

        /** The answer to all rows of which notes were added. */
        Optional<Finding> finding(Noted all);

        @Override
        default Optional<Finding> finding() {
            return finding(noted());
        }

        /** Returns a sighting as the finding names it, by its mark and all notes; null where it doesn't count. */
        default @Nullable Sighting named(Noted all, String mark, Sighting sighting) {
            return mark.equals(Noted.FOUND) ? sighting : null;
        }
    }
}
