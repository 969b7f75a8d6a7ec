package org.align4j.web;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections that keep a server busy without sending a whole request: headers that come a byte at a time, which no limit on silence ends,
 * and, once three quarters of the places are taken, whoever has sent too little for {@link #HURRIED}. So a crowd of slow clients holds places
 * for seconds, and somebody who sends a request at once is answered.
 */
final class SlowSenders extends AbstractLifeCycle implements Connection.Listener {
    /** How long a client may be waited for where places are scarce; a body has more time the more of it has come. */
    static final Duration HURRIED = Duration.ofSeconds(2);

    private static final double HURRIED_BYTES_PER_SECOND = 32 << 10;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Limits limits;
    private final Door door;
    private final Map<Connection, Seen> open = new ConcurrentHashMap<>();
    private final Scheduler scheduler = new ScheduledExecutorScheduler("slow-senders", true);

    /**
     * What a connection looked like when something last changed.
     *
     * @param requests that had come whole
     * @param since as {@link System#nanoTime} counts
     */
    private record Seen(long requests, long since) {}

    /**
     * @param door knows the requests that are running; a streamed answer counts as sent for Jetty once it has begun
     */
    SlowSenders(Limits limits, Door door) {
        this.limits = limits;
        this.door = door;
    }

    /** A request that knows how long its body was waited for, and how much of it came. */
    static final class Timed extends Request.Wrapper {
        private long bytes;
        private long waited;
        private @Nullable Long since;

        Timed(Request request) {
            super(request);
        }

        @Override
        public Content.Chunk read() {
            Content.Chunk chunk = super.read();
            if (chunk != null) {
                came(chunk.remaining());
            }
            return chunk;
        }

        @Override
        public void demand(Runnable then) {
            begin();
            super.demand(() -> {
                came(0);
                then.run();
            });
        }

        private synchronized void begin() {
            since = System.nanoTime();
        }

        private synchronized void came(int count) {
            bytes += count;
            waited = waited(System.nanoTime());
            since = null;
        }

        private long waited(long now) {
            return since == null ? waited : waited + now - since;
        }

        /** Whether more of the body is waited for, and was for longer than a client has where places are scarce. */
        synchronized boolean isSlow() {
            return since != null
                    && waited(System.nanoTime()) > HURRIED.toNanos() + bytes / HURRIED_BYTES_PER_SECOND * 1e9;
        }
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
        Scheduler.Task unused = scheduler.schedule(
                this::look, Math.max(1, Math.min(LOOK_NANOS, limits.silence().toNanos() / 4)), TimeUnit.NANOSECONDS);
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
        open.replaceAll(
                (connection, seen) -> door.inside(connection) != null || connection.getMessagesIn() > seen.requests()
                        ? new Seen(connection.getMessagesIn(), now)
                        : seen);
        long silence = limits.silence().toNanos();
        long patience = isScarce(limits.connections() - open.size(), limits.connections())
                ? Math.min(silence, HURRIED.toNanos())
                : silence;
        boolean hurried = isScarce(door.free(), limits.requests());
        open.forEach((connection, seen) -> {
            Timed running = door.inside(connection);
            if (running == null ? now - seen.since() > patience : hurried && running.isSlow()) {
                connection.getEndPoint().close();
            }
        });
        if (isRunning() || isStarting()) {
            schedule();
        }
    }

    private static boolean isScarce(int free, int all) {
        return free < all / 4.0;
    }
}
