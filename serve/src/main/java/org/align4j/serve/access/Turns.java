package org.align4j.serve.access;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.align4j.serve.access.Rotation.Who;
import org.align4j.web.Refusal;

/**
 * Bounds the processors that read what clients sent, at a time: each reading takes a turn, of one key fewer than of all. Who waits is let in by
 * {@link Rotation}, and leaves where its client does.
 */
public final class Turns {
    private static final long LOOK_MILLIS = 500;
    private static final int BUSY_SECONDS = 5;

    private final int all;
    private final int perKey;
    private final Duration patience;
    private final Rotation rotation = new Rotation();
    private final List<Place> waiting = new ArrayList<>();
    private final Map<Who, Integer> running = new HashMap<>();
    private int taken;

    /** Gives as many turns as there are processors, to one key all but one of them. */
    public Turns() {
        this(
                Math.max(2, Runtime.getRuntime().availableProcessors()),
                Math.max(1, Runtime.getRuntime().availableProcessors() - 1),
                Duration.ofSeconds(30));
    }

    /**
     * Gives turns.
     *
     * @param all turns at a time
     * @param perKey of them for one key
     * @param patience how long a request waits for its turn
     */
    public Turns(int all, int perKey, Duration patience) {
        this.all = all;
        this.perKey = perKey;
        this.patience = patience;
    }

    /** A request that waits; each is only equal to itself. */
    private static final class Place {
        private final Who who;

        private Place(Who who) {
            this.who = who;
        }
    }

    /** What is done in a turn. */
    @FunctionalInterface
    public interface Reading<T, E extends Exception> {
        /** Reads what was sent. */
        T read() throws E;
    }

    /**
     * Waits for a turn, and reads in it.
     *
     * @param look called now and then while the request waits; what it throws ends the waiting
     * @throws Refusal 503 where no turn comes in time
     */
    public <T, E extends Exception> T take(Who who, Runnable look, Reading<T, E> reading) throws E {
        await(who, look);
        try {
            return reading.read();
        } finally {
            leave(who);
        }
    }

    private void await(Who who, Runnable look) {
        long until = System.nanoTime() + patience.toNanos();
        Place place = new Place(who);
        synchronized (this) {
            waiting.add(place);
        }
        try {
            while (!mayGo(place)) {
                look.run();
                if (System.nanoTime() - until >= 0) {
                    throw Refusal.busy(
                            503,
                            "The server reads as many requests at a time as it can; send this one again in a moment.",
                            BUSY_SECONDS);
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new Refusal(503, "The server is stopping; ask again when it is back.");
        } finally {
            synchronized (this) {
                waiting.remove(place);
                notifyAll();
            }
        }
    }

    private synchronized void leave(Who who) {
        taken--;
        running.merge(who, -1, (before, one) -> before == 1 ? null : Integer.valueOf(before + one));
        notifyAll();
    }

    /** Takes a turn where it is this request's, else waits for a moment. */
    private synchronized boolean mayGo(Place place) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
        while (!isNext(place)) {
            long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        taken++;
        running.merge(place.who, 1, Integer::sum);
        rotation.served(place.who);
        waiting.remove(place);
        return true;
    }

    private boolean isNext(Place place) {
        return taken < all
                && rotation.inTurn(waiting, each -> each.who).stream()
                        .filter(each -> running.getOrDefault(each.who, 0) < perKey)
                        .findFirst()
                        .filter(next -> next == place)
                        .isPresent();
    }
}
