package org.align4j.web;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections on which no request is running and none has become whole for a while: those that keep a server busy by sending headers a
 * byte at a time, which no limit on silence ends.
 */
final class SlowHeaders extends AbstractLifeCycle implements Connection.Listener {
    private final long patienceNanos;
    private final Predicate<Connection> runs;
    private final Map<Connection, Seen> open = new ConcurrentHashMap<>();
    private final Scheduler scheduler = new ScheduledExecutorScheduler("slow-headers", true);

    /**
     * What a connection looked like when something last changed.
     *
     * @param requests that had come whole
     * @param since as {@link System#nanoTime} counts
     */
    private record Seen(long requests, long since) {}

    /**
     * @param runs says whether a request is running on a connection; a streamed answer counts as sent for Jetty once it has begun
     */
    SlowHeaders(Duration patience, Predicate<Connection> runs) {
        this.patienceNanos = patience.toNanos();
        this.runs = runs;
    }

    @Override
    protected void doStart() throws Exception {
        scheduler.start();
        schedule();
    }

    @Override
    protected void doStop() throws Exception {
        scheduler.stop();
    }

    private void schedule() {
        Scheduler.Task unused = scheduler.schedule(this::look, Math.max(1, patienceNanos / 4), TimeUnit.NANOSECONDS);
    }

    @Override
    public void onOpened(Connection connection) {
        open.put(connection, new Seen(0, System.nanoTime()));
    }

    @Override
    public void onClosed(Connection connection) {
        open.remove(connection);
    }

    private void look() {
        long now = System.nanoTime();
        open.replaceAll((connection, seen) -> runs.test(connection) || connection.getMessagesIn() > seen.requests()
                ? new Seen(connection.getMessagesIn(), now)
                : seen);
        open.forEach((connection, seen) -> {
            if (now - seen.since() > patienceNanos) {
                connection.getEndPoint().close();
            }
        });
        if (isRunning() || isStarting()) {
            schedule();
        }
    }
}
