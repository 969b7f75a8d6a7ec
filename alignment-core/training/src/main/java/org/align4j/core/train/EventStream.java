package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.align4j.core.run.EventSink;
import org.align4j.core.run.EventsFile;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.RunResult;
import org.align4j.core.run.TrackTargets;
import org.jspecify.annotations.Nullable;

/**
 * The one stream of a run's events: into {@code events.jsonl}, to the sinks, each behind a queue of its own, and to who follows on the thread
 * that trains. What is heard before the run has a directory, such as downloads, is kept until {@link #keepIn}.
 */
public final class EventStream implements Consumer<RunEvent>, AutoCloseable {
    private static final int MOST_EARLY = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Consumer<RunEvent> follower;
    private final Deque<EarlyEvent> early = new ArrayDeque<>();
    private final List<Queued> sinks = new ArrayList<>();
    private @Nullable EventsFile file;
    private int lostEarly;
    private int step;
    private boolean running;

    /** An event that the run's file doesn't have yet. */
    private record EarlyEvent(Instant time, RunEvent event) {}

    /**
     * A stream of a run that has no directory yet.
     *
     * @param follower hears each event at once; what it throws ends the training
     */
    public EventStream(Consumer<RunEvent> follower) {
        this.follower = follower;
    }

    /**
     * Writes the events from here on, and those that were kept, into a run's directory and to the sinks that take them.
     *
     * @param from optimizer steps that the run has a checkpoint of
     */
    public void keepIn(Path run, int from) {
        keepIn(run, from, TrackTargets.sinks());
    }

    synchronized void keepIn(Path run, int from, List<EventSink> found) {
        step = from;
        file = EventsFile.open(run);
        found.forEach(sink -> sinks.add(new Queued(sink, new Run(run))));
        early.forEach(kept -> record(kept.time(), kept.event()));
        early.clear();
        if (lostEarly > 0) {
            accept(new RunEvent.Warned(
                    "events-lost",
                    format("%,d events from before the run had its directory are not in events.jsonl.", lostEarly),
                    "Those before them are there; the console had them all."));
        }
    }

    @Override
    public void accept(RunEvent event) {
        if (event instanceof RunEvent.Finished) {
            complete();
            tellLosses(true);
        }
        record(Instant.now(), event);
        follower.accept(event);
        tellLosses(false);
    }

    /** Reports how a run ended whose steps had begun; a run that was refused before has no end. */
    public void end(RunResult result) {
        if (running && result.status() != RunResult.Status.RUNNING) {
            if (result.status() == RunResult.Status.STOPPED) {
                accept(new RunEvent.Stopped(result.reason()));
            }
            accept(new RunEvent.Finished(result.status(), result.reason(), result.verdict()));
        }
    }

    private synchronized void record(Instant time, RunEvent event) {
        if (event instanceof RunEvent.Started started) {
            step = started.from();
            running = true;
        } else if (event instanceof RunEvent.Step taken) {
            step = taken.step();
        } else if (event instanceof RunEvent.Finished) {
            running = false;
        }
        if (file == null) {
            if (early.size() < MOST_EARLY) {
                early.add(new EarlyEvent(time, event));
            } else {
                lostEarly++;
            }
            return;
        }
        Recorded recorded = file.append(time, step, event);
        if (event instanceof RunEvent.Saved || event instanceof RunEvent.Finished) {
            file.sync();
        }
        sinks.forEach(sink -> sink.offer(recorded));
    }

    /** Has the sinks take what is in the run's files, and says what they could not. */
    private void complete() {
        sinks.forEach(Queued::complete);
        for (Queued sink : sinks) {
            sink.shortfall().ifPresent(this::warn);
        }
    }

    private void warn(RunEvent.Warned warned) {
        record(Instant.now(), warned);
        follower.accept(warned);
    }

    /**
     * Warns of events that sinks lost: of the first one at once, of all of them at the end.
     *
     * @param atEnd whether the sinks have come to what they will take
     */
    private void tellLosses(boolean atEnd) {
        for (Queued sink : sinks) {
            String loss = sink.loss(atEnd);
            if (loss != null) {
                warn(new RunEvent.Warned(
                        "events-lost", loss, "The run and its events.jsonl are whole; look after the sink."));
            }
        }
    }

    /** Ends the stream: sinks have a moment to take what waits for them, and are left alone then. */
    @Override
    public synchronized void close() {
        sinks.forEach(Queued::end);
        sinks.clear();
        if (file != null) {
            file.close();
            file = null;
        }
    }

    /** Holds a sink with its queue and its thread. */
    private static final class Queued {
        private static final Object END = new Object();
        private static final Object COMPLETE = new Object();

        private final EventSink sink;
        private final BlockingQueue<Object> queue = new ArrayBlockingQueue<>(EventSink.QUEUE);
        private final Thread thread;
        private final AtomicLong offered = new AtomicLong();
        private final AtomicLong overflowed = new AtomicLong();
        private final AtomicLong taken = new AtomicLong();
        private final AtomicLong refused = new AtomicLong();
        private final CountDownLatch completed = new CountDownLatch(1);
        private volatile RunEvent.@Nullable Warned shortfall;
        private volatile String reason = "it is slower than the run";
        private long told;

        Queued(EventSink sink, Run run) {
            this.sink = sink;
            thread = new Thread(() -> take(run), "events of " + sink.name());
            thread.setDaemon(true);
            thread.start();
        }

        private void take(Run run) {
            try {
                boolean takes = sink.begin(run);
                for (Object next = queue.take(); next != END; next = queue.take()) {
                    if (next == COMPLETE) {
                        completeNow(takes);
                    } else if (takes) {
                        takeOne((Recorded) next);
                    }
                    taken.incrementAndGet();
                }
                sink.end();
            } catch (InterruptedException end) {
                Thread.currentThread().interrupt();
            } catch (Exception | LinkageError failed) {
                reason = "it failed: " + failed;
            } finally {
                completed.countDown();
            }
        }

        private void takeOne(Recorded event) throws InterruptedException {
            try {
                sink.hear(event);
            } catch (InterruptedException end) {
                throw end;
            } catch (Exception | LinkageError failed) {
                reason = "it failed: " + failed;
                refused.incrementAndGet();
            }
        }

        private void completeNow(boolean takes) throws Exception {
            try {
                shortfall = takes ? sink.complete().orElse(null) : null;
            } finally {
                completed.countDown();
            }
        }

        /** Asks the sink to take the run's files. */
        void complete() {
            if (!sink.patience().isZero()) {
                offered.incrementAndGet();
                if (!queue.offer(COMPLETE)) {
                    overflowed.incrementAndGet();
                    completed.countDown();
                }
            }
        }

        /** Waits for that, as long as the sink may take, and returns what it could not do. */
        Optional<RunEvent.Warned> shortfall() {
            try {
                if (!sink.patience().isZero() && thread.isAlive()) {
                    completed.await(sink.patience().toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException now) {
                Thread.currentThread().interrupt();
            }
            return Optional.ofNullable(shortfall);
        }

        /** Gives the sink an event, or leaves it out where the queue is full. */
        void offer(Recorded event) {
            offered.incrementAndGet();
            if (!queue.offer(event)) {
                overflowed.incrementAndGet();
            }
        }

        /** Says how many events are lost: once as soon as one is, and at the end; null for nothing new. */
        @Nullable
        String loss(boolean atEnd) {
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (atEnd && waiting() > 0 && thread.isAlive() && System.nanoTime() < until) {
                LockSupport.parkNanos(1_000_000);
            }
            long lost = overflowed.get() + refused.get() + (atEnd || !thread.isAlive() ? waiting() : 0);
            if (lost == told || (told > 0 && !atEnd)) {
                return null;
            }
            told = lost;
            return format("The sink %s has lost %,d of %,d events: %s.", sink.name(), lost, offered.get(), reason);
        }

        private long waiting() {
            return offered.get() - taken.get() - overflowed.get();
        }

        void end() {
            try {
                if (queue.offer(END, PATIENCE.toMillis() / 4, TimeUnit.MILLISECONDS)) {
                    thread.join(PATIENCE.toMillis() / 4);
                }
            } catch (InterruptedException now) {
                Thread.currentThread().interrupt();
            }
            thread.interrupt();
        }
    }
}
