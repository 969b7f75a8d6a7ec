package org.align4j.desk.watch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Json;
import org.align4j.core.report.LiveReport;
import org.align4j.desk.watch.Watched.Reading;
import org.align4j.desk.watch.Watched.Row;
import org.align4j.desk.watch.Watched.Scene;

/**
 * What all browsers on one page are shown. Whoever is there looks, at most once per second, and shares what was seen; without a browser nobody looks.
 * Looking takes at most a thousandth of the time, but for a look every ten seconds and those after a button was pressed; the report, which takes longer to read, a five-hundredth.
 */
final class Feed {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LEAST_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long HURRY_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long LOOK_SHARE = 1_000;
    private static final long REPORT_SHARE = 500;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Watched watched;
    private Seen seen = Seen.NOTHING;
    private final ExecutorService reader;
    private final LongSupplier clock;
    private long lookedAt = System.nanoTime() - LOOK_NANOS;
    private long lookDue;
    private long askedAt = System.nanoTime() - HURRY_NANOS;
    private volatile LiveReport report = LiveReport.NONE;
    private volatile boolean reading;
    private volatile long reportedAt = System.nanoTime() - LEAST_NANOS;
    private volatile long reportDue;
    private String mark = "";

    /**
     * What is shown of something.
     *
     * @param reader reads the report
     * @param clock nanoseconds of the time that looking may take its part of
     */
    Feed(Watched watched, ExecutorService reader, LongSupplier clock) {
        this.watched = watched;
        this.reader = reader;
        this.clock = clock;
        this.lookDue = clock.getAsLong();
        this.reportDue = lookDue;
    }

    /**
     * A moment, as the messages that a page is sent.
     *
     * @param scene the state of the whole, as JSON
     * @param rows each run's row as JSON, by its key
     * @param report parts and charts
     */
    record Seen(String scene, Map<String, String> rows, LiveReport report) {
        static final Seen NOTHING = new Seen("", Map.of(), LiveReport.NONE);
    }

    Watched watched() {
        return watched;
    }

    /** Returns what was seen within the last second, by somebody else or now. */
    synchronized Seen look() {
        long since = System.nanoTime() - lookedAt;
        if (since >= LOOK_NANOS && (isHurried() || since >= MOST_NANOS || clock.getAsLong() >= lookDue)) {
            lookAgain(false);
        }
        return seen;
    }

    /** Looks now, and reads the report too. */
    synchronized Seen last() {
        lookAgain(true);
        return seen;
    }

    private void lookAgain(boolean whole) {
        long began = THREADS.getCurrentThreadCpuTime();
        try {
            Scene scene = watched.scene();
            if (whole) {
                report = watched.report().read();
            } else if (!scene.mark().equals(mark) && isReportDue(scene.state())) {
                mark = scene.mark();
                reading = true;
                Reading due = watched.report();
                reader.execute(() -> read(due));
            }
            Map<String, String> rows = new LinkedHashMap<>();
            for (Row row : scene.rows()) {
                rows.put(row.key(), Json.text(row));
            }
            seen = new Seen(text(scene), rows, report);
        } catch (IOException | RunException | InputException unreadable) {
            seen = new Seen(failure(FileFailure.reason(unreadable)), seen.rows(), report);
        } catch (UncheckedIOException changing) {
            // A folder that is being written or deleted; the next look finds what it came to.
        } finally {
            lookedAt = System.nanoTime();
            lookDue = due(began, LOOK_SHARE);
        }
    }

    /** Has each browser see soon what becomes of what was asked. */
    synchronized void hurry() {
        askedAt = System.nanoTime();
    }

    private boolean isHurried() {
        return System.nanoTime() - askedAt < HURRY_NANOS;
    }

    /** A training that is paused takes no time that reading could be a part of, and loses none by it. */
    private boolean isReportDue(RunState state) {
        return !reading
                && System.nanoTime() - reportedAt >= LEAST_NANOS
                && (state == RunState.PAUSED || clock.getAsLong() >= reportDue);
    }

    /** Returns when what this thread did since a moment of its own time may be done again. */
    private long due(long began, long share) {
        return clock.getAsLong() + Math.max(0, THREADS.getCurrentThreadCpuTime() - began) * share;
    }

    private void read(Reading due) {
        long began = THREADS.getCurrentThreadCpuTime();
        try {
            report = due.read();
        } catch (IOException | RuntimeException changing) {
            // It is being written or deleted; the next reading finds what it came to.
        } finally {
            reportedAt = System.nanoTime();
            reportDue = due(began, REPORT_SHARE);
            reading = false;
        }
    }

    private static String text(Scene scene) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("kind", scene.kind());
        message.put("figure", scene.figure());
        message.put("line", scene.line());
        message.put("order", scene.rows().stream().map(Row::key).toList());
        return Json.text(message);
    }

    private static String failure(String reason) {
        return Json.text(Map.of("kind", "trouble", "line", Map.of("reason", reason), "order", List.of()));
    }
}
