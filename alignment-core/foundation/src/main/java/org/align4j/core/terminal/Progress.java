package org.align4j.core.terminal;

import static org.align4j.core.error.RootFormat.format;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.VisibleText;
import org.jspecify.annotations.Nullable;

/**
 * Says how something long goes on: one line that grows where a person watches, else a line of its own every half minute in which nothing
 * else was said. Close it when done.
 */
public final class Progress implements AutoCloseable {
    private static final int BAR_WIDTH = 24;
    private static final long REDRAW_NANOS = 100_000_000L;
    private static final long FOLLOW_NANOS = 1_000_000_000L;

    /** Wakes what is reported without a terminal; one thread for all, which ends with the program. */
    private static final class Clock {
        static final ScheduledThreadPoolExecutor THREAD = thread();

        private static ScheduledThreadPoolExecutor thread() {
            ScheduledThreadPoolExecutor one = new ScheduledThreadPoolExecutor(1, work -> {
                Thread thread = new Thread(work, "progress");
                thread.setDaemon(true);
                return thread;
            });
            one.setRemoveOnCancelPolicy(true);
            return one;
        }
    }

    private final @Nullable PrintStream stream;
    private final BiConsumer<Long, Long> follower;
    private final String label;
    private final long total;
    private final long begun = System.nanoTime();
    private @Nullable Future<?> heartbeat;
    private volatile boolean closed;
    private long done;
    private String note = "";
    private long drawn = begun - REDRAW_NANOS;
    private int shown;
    private long followed = begun;

    private Progress(@Nullable PrintStream stream, String label, long total, BiConsumer<Long, Long> follower) {
        this.stream = stream;
        this.follower = follower;
        this.label = VisibleText.of(AddressSecrets.removed(label));
        this.total = total;
    }

    /**
     * Returns a line that nobody sees.
     *
     * @param follower gets how many units are done of how many: about once per second, when all are, and at a close before that, which
     *     has as many in all as are done
     */
    public static Progress followed(long total, BiConsumer<Long, Long> follower) {
        return new Progress(null, "", total, follower);
    }

    /**
     * Returns a line that is drawn over and over.
     *
     * @param total how many units there are; 0 where nobody knows
     */
    static Progress drawn(PrintStream stream, String label, long total) {
        return new Progress(stream, label, total, (done, all) -> {});
    }

    /**
     * Returns what is reported in lines.
     *
     * @param total how many units there are; 0 where nobody knows
     * @param every how often a line is due
     * @param lines takes a line that is due, and keeps it to itself where something else was said lately
     */
    static Progress told(String label, long total, Duration every, Consumer<String> lines) {
        Progress progress = new Progress(null, label, total, (done, all) -> {});
        progress.heartbeat = Clock.THREAD.scheduleWithFixedDelay(
                () -> lines.accept(progress.words(System.nanoTime())),
                every.toNanos(),
                every.toNanos(),
                TimeUnit.NANOSECONDS);
        return progress;
    }

    /** Adds units that are done. */
    public void advance(long units) {
        advance(units, "");
    }

    /** Adds units that are done; {@code note} is at the line's end. */
    public synchronized void advance(long units, String note) {
        done += units;
        this.note = VisibleText.of(AddressSecrets.removed(note));
        long now = System.nanoTime();
        if (now - followed >= FOLLOW_NANOS || done == total) {
            followed = now;
            follower.accept(done, total);
        }
        if (stream != null && (now - drawn >= REDRAW_NANOS || (total > 0 && done >= total))) {
            drawn = now;
            String line = line(now);
            stream.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
            stream.flush();
            shown = line.length();
        }
    }

    /** The line that is drawn. It has a bar while the whole is known: without a total, or beyond it, nobody knows. */
    private String line(long now) {
        if (total <= 0 || done > total) {
            return format("%s %,d %s %s", label, done, clock(seconds(now)), note)
                    .stripTrailing();
        }
        double fraction = (double) done / total;
        // Rounded down, so that a bar is full when all is done and not before.
        int filled = (int) (fraction * BAR_WIDTH);
        return format(
                        "%s [%s%s] %d/%d (%d %%) %s%s %s",
                        label,
                        "#".repeat(filled),
                        ".".repeat(BAR_WIDTH - filled),
                        done,
                        total,
                        (int) (100 * fraction),
                        clock(seconds(now)),
                        left(now),
                        note)
                .stripTrailing();
    }

    /** Returns the progress as a line for logs. */
    private synchronized String words(long now) {
        String of = total <= 0 || done > total ? "" : format(" of %,d (%d %%)", total, (int) (100.0 * done / total));
        String count = total <= 0 && done == 0 ? "still going on" : format("%,d", done);
        String left = left(now).replaceFirst(" ", ", ");
        String end = note.isEmpty() ? "" : ", " + note;
        return label + ": " + count + of + " after " + clock(seconds(now)) + left + end;
    }

    private double seconds(long now) {
        return (now - begun) / 1e9;
    }

    private String left(long now) {
        return done == 0 || done >= total ? "" : " " + clock(seconds(now) / done * (total - done)) + " left";
    }

    private static String clock(double seconds) {
        long whole = Math.round(seconds);
        return whole >= 3600
                ? format("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : format("%d:%02d", whole / 60, whole % 60);
    }

    synchronized void clear() {
        if (stream != null && shown > 0) {
            stream.print("\r" + " ".repeat(shown) + "\r");
            stream.flush();
            shown = 0;
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Takes the line off the screen; no more is reported. */
    @Override
    public synchronized void close() {
        clear();
        if (!closed && done > 0 && done != total) {
            follower.accept(done, done);
        }
        closed = true;
        if (heartbeat != null) {
            heartbeat.cancel(false);
            heartbeat = null;
        }
    }
}
