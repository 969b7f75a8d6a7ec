package org.align4j.core.doctor.log;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.align4j.core.data.read.RowReader;
import org.align4j.core.data.row.Origin;
import org.align4j.core.data.row.Row;
import org.align4j.core.doctor.log.Items.Numbering;
import org.align4j.core.doctor.log.LogRow.Facts;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.OrderedTasks;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows of a log in order, a block at a time: each row of a block is looked at in one of several threads, then what
 * was seen is noted in the order of the file. So the result is the same for any number of threads.
 */
public final class LogReader implements AutoCloseable {
    private static final int BLOCK = 512;

    private final int threads;
    private final IntConsumer watcher;
    private final OrderedTasks pool;

    /**
     * Starts the threads.
     *
     * @param threads how many there are
     * @param watcher receives how many rows more were seen, whichever reading they belong to
     */
    public LogReader(int threads, IntConsumer watcher) {
        this.threads = threads;
        this.watcher = watcher;
        this.pool = new OrderedTasks(threads, "doctor");
    }

    /** Looks at rows and notes what it saw. */
    public interface Observer {
        /**
         * Looks at a row, in any thread and without a trace.
         *
         * @return notes what was seen; called in the order of the rows, in one thread
         */
        Runnable look(LogRow row);

        /** Notes a row that can't be used, in the order of the rows. */
        void bad(int number, String reason);

        /** Notes what was found in a file, after its rows. */
        default void file(RowReader.FileSummary summary) {}

        /** Notes how many rows of a file were not shown because their object gave a row before. */
        default void further(int rows) {}
    }

    /**
     * Reads all files, numbering their rows on from those that {@code numbers} has given.
     *
     * @throws InputException where a file cannot be read, holds no row, or is an array that breaks
     */
    public void read(LogSource log, Numbering numbers, Observer observer) {
        read(log, numbers, number -> true, observer);
    }

    /**
     * Shows some rows of a log again.
     *
     * @param first the number of the log's first row
     * @param rows the numbers of those that are shown
     */
    public void readAgain(LogSource log, int first, BitSet rows, Observer observer) {
        if (!rows.isEmpty()) {
            read(log, Numbering.from(first), rows::get, rows.length(), observer);
        }
    }

    /**
     * Reads all files like {@link #read(LogSource, Numbering, Observer)} and shows some of their rows.
     *
     * @param shown by a row's number whether it is shown
     */
    public void read(LogSource log, Numbering numbers, IntPredicate shown, Observer observer) {
        read(log, numbers, shown, Integer.MAX_VALUE, observer);
    }

    /** @param end the number from which on no row is shown, so that the reading ends */
    private void read(LogSource log, Numbering numbers, IntPredicate shown, int end, Observer observer) {
        for (Path file : log.source().files()) {
            Block block = new Block(numbers, shown, end, observer);
            List<RowReader.FileSummary> found;
            try {
                found = log.only(file).reader(log.kind(file)).read(block);
            } finally {
                block.finish();
            }
            if (!block.wantsMore()) {
                return;
            }
            found.forEach(observer::file);
            observer.further(block.further);
        }
    }

    @Override
    public void close() {
        pool.close();
    }

    /** Holds a block of rows between reader and worker threads. */
    private final class Block implements RowReader.Sink {
        private final Numbering numbers;
        private final IntPredicate shown;
        private final Observer observer;
        private final OrderedTasks.Queue<Runnable> seen =
                pool.queue((BLOCK + threads - 1) / threads, threads, Runnable::run);
        private int waiting;
        private Facts facts = Facts.NONE;
        private final int end;
        private int last = -1;
        private int latest = -1;
        private int further;

        Block(Numbering numbers, IntPredicate shown, int end, Observer observer) {
            this.numbers = numbers;
            this.shown = shown;
            this.end = end;
            this.observer = observer;
        }

        @Override
        public boolean wantsMore() {
            return latest < end - 1;
        }

        private int number(Origin origin) {
            latest = numbers.next(origin.file(), origin.line());
            return latest;
        }

        @Override
        public void object(Origin origin, Map<String, @Nullable Object> fields) {
            facts = Facts.of(fields);
        }

        @Override
        public void row(Row row) {
            if (row.origin().row() == last) {
                further++; // of several rows of one object, such as judgements of several people, the first is examined
                return;
            }
            last = row.origin().row();
            Facts beside = facts;
            int number = number(row.origin());
            if (!shown.test(number)) {
                return;
            }
            if (row.kind() == Row.Kind.APART) {
                add(() -> () -> observer.bad(number, "the transcripts differ before their last answers"));
            } else {
                add(() -> observer.look(LogRow.of(number, row, beside)));
            }
        }

        /** Counts a row whose answers are labelled alike: it is right in form and says nothing that the checks of pairs look at. */
        @Override
        public void tied(Origin origin) {
            number(origin);
        }

        @Override
        public void joined(Origin origin) {
            numbers.joined(origin.file(), origin.line());
        }

        @Override
        public void bad(Origin origin, InputException error) {
            int number = number(origin);
            if (!shown.test(number)) {
                return;
            }
            String sentence = origin.reason(error);
            add(() -> () -> observer.bad(number, sentence));
        }

        private void add(Supplier<Runnable> look) {
            seen.add(look);
            if (++waiting == BLOCK) {
                finish();
            }
        }

        void finish() {
            StopSignal.throwIfStopped();
            seen.finish();
            watcher.accept(waiting);
            waiting = 0;
        }
    }
}
