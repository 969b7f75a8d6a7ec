package org.align4j.serve.batch;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.align4j.serve.access.Rotation;
import org.align4j.serve.access.Rotation.Who;
import org.align4j.serve.batch.BatchLines.Request;
import org.align4j.serve.batch.BatchTable.Kept;
import org.jspecify.annotations.Nullable;

/**
 * The requests of running batches that are to be answered: projects give one in turn, in each project its keys, of each key its batches. May be used
 * from several threads.
 */
final class BatchRuns implements Closeable {
    private final int most;
    private final Rotation rotation = new Rotation();
    private final Map<Long, Run> runs = new LinkedHashMap<>();
    private long changes;

    /**
     * @param most batches of one key whose files are read at a time
     */
    BatchRuns(int most) {
        this.most = most;
    }

    /**
     * A request that is being answered.
     *
     * @param kept the batch, as it was when it was begun
     * @param request the next one of it
     */
    record Turn(Kept kept, Request request) {}

    private static final class Run {
        private final Kept kept;
        private final BatchLines lines;
        private final BitSet answered;
        private final Deque<Request> again = new ArrayDeque<>();
        private int underWay;
        private boolean read;
        private boolean dropped;

        Run(Kept kept, BatchLines lines, BitSet answered) {
            this.kept = kept;
            this.lines = lines;
            this.answered = answered;
        }

        private Who who() {
            return BatchRuns.who(kept);
        }

        private @Nullable Request next() throws IOException {
            if (dropped) {
                return null;
            }
            if (!again.isEmpty()) {
                return again.poll();
            }
            while (!read) {
                Request next = lines.next();
                if (next == null) {
                    read = true;
                    lines.close();
                } else if (!answered.get(next.line())) {
                    return next;
                }
            }
            return null;
        }
    }

    /** Returns whose a batch is. */
    static Who who(Kept kept) {
        return new Who(kept.batch().asked().project(), kept.batch().asked().key());
    }

    /** Whether a batch isn't begun and may be: no batches of other keys hold it up. */
    synchronized boolean hasRoom(Kept kept) {
        return !runs.containsKey(kept.number())
                && runs.values().stream()
                                .filter(run -> !run.read && run.who().equals(who(kept)))
                                .count()
                        < most;
    }

    /** Begins a batch, some of whose lines are answered. */
    synchronized void add(Kept kept, BatchLines lines, BitSet answered) {
        runs.put(kept.number(), new Run(kept, lines, answered));
        wake();
    }

    /** Waits for the next request. */
    synchronized Turn take() throws InterruptedException {
        while (true) {
            for (Run run : rotation.inTurn(List.copyOf(runs.values()), Run::who)) {
                Request next;
                try {
                    next = run.next();
                } catch (IOException failed) {
                    runs.remove(run.kept.number()); // it is begun again
                    throw new UncheckedIOException(failed);
                }
                if (next != null) {
                    runs.remove(run.kept.number());
                    runs.put(run.kept.number(), run); // it is the last of its key now
                    rotation.served(run.who());
                    run.underWay++;
                    return new Turn(run.kept, next);
                }
            }
            wait();
        }
    }

    /** Says that a request is done with. */
    synchronized void done(Turn turn) {
        Run run = runs.get(turn.kept.number());
        if (run != null) {
            run.underWay--;
        }
        wake();
    }

    /** Gives a request back that couldn't be answered at the moment. */
    synchronized void putBack(Turn turn) {
        Run run = runs.get(turn.kept.number());
        if (run != null) {
            run.again.add(turn.request);
        }
        done(turn);
    }

    /** Hands out no more requests of a batch. */
    synchronized void drop(long number) {
        Run run = runs.get(number);
        if (run != null) {
            run.dropped = true;
        }
    }

    /** Whether all requests of a batch that was begun are done with. */
    synchronized boolean isOver(long number) {
        Run run = runs.get(number);
        return run != null && !run.dropped && run.read && run.again.isEmpty() && run.underWay == 0;
    }

    /** Whether no request of a batch is being answered. */
    synchronized boolean isIdle(long number) {
        Run run = runs.get(number);
        return run == null || run.underWay == 0;
    }

    /** Drops a batch that has ended. */
    synchronized void forget(long number) throws IOException {
        Run run = runs.remove(number);
        if (run != null) {
            run.lines.close();
        }
    }

    /** Waits until something changes, or for so long. */
    synchronized void await(long millis) throws InterruptedException {
        long seen = changes;
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = millis; left > 0 && changes == seen; ) {
            wait(left);
            left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        }
    }

    synchronized void wake() {
        changes++;
        notifyAll();
    }

    @Override
    public synchronized void close() throws IOException {
        for (Run run : runs.values()) {
            run.lines.close();
        }
    }
}
