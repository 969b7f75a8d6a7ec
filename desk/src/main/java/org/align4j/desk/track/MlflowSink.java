package org.align4j.desk.track;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.align4j.core.error.FileFailure;
import org.align4j.core.run.EventSink;
import org.align4j.core.run.Run;
import org.align4j.core.run.RunEvent.Recorded;
import org.align4j.core.run.RunEvent.Warned;
import org.align4j.core.run.TrackTargets;
import org.jspecify.annotations.Nullable;

/**
 * Sends a run to MLflow servers while it trains, from its files and on a thread of its own: a server that is down or slow costs the run nothing. After
 * the last step it has {@link #AT_END} at most, and none where the server was silent before; what is missing then is said once.
 */
public final class MlflowSink implements EventSink {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration EVERY = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(2);

    /** How long a call may take: a server that needs longer counts as down. */
    static final Duration CALL = Duration.ofSeconds(5);

    /** How long sending may take after the last step, and a file of it. */
    static final Duration AT_END = Duration.ofSeconds(20);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Receiver> receivers = new ArrayList<>();
    private @Nullable Thread thread;
    private boolean completing;

    /** Makes a sink, which does nothing for runs that don't name it. */
    public MlflowSink() {}

    /** A server that the run is sent to, and why the last sending failed: null where it didn't. */
    private static final class Receiver {
        private final TrackedFolder tracked;
        private volatile @Nullable String failure;
        private volatile boolean silent;

        Receiver(MlflowTarget target, Path run) {
            this.tracked = new TrackedFolder(run, target, CALL, AT_END);
        }

        @Nullable
        String shortfall() throws IOException {
            String missing = tracked.missing();
            String why = failure;
            return missing == null
                    ? null
                    : format(
                            "%s lacks %s: %s.",
                            tracked.target().server(),
                            missing,
                            why == null ? "the time was up" : why.replaceFirst("\\.$", ""));
        }
    }

    @Override
    public String name() {
        return "MLflow";
    }

    @Override
    public Optional<String> word() {
        return Optional.of(MlflowTarget.WORD);
    }

    @Override
    public void requireTarget(String target) {
        MlflowTarget.parse(target);
    }

    @Override
    public boolean begin(Run begun) {
        for (String target : TrackTargets.of(begun).of(MlflowTarget.WORD)) {
            receivers.add(new Receiver(MlflowTarget.parse(target), begun.path()));
        }
        if (receivers.isEmpty()) {
            return false;
        }
        thread = new Thread(this::sendUntilTheEnd, "MLflow");
        thread.setDaemon(true);
        thread.start();
        return true;
    }

    /** The run's files hold the event; the thread that sends reads them when it is time. */
    @Override
    public void hear(Recorded event) {}

    private void sendUntilTheEnd() {
        Duration pause = FIRST;
        while (!awaitEnd(pause)) {
            boolean all = true;
            for (Receiver receiver : receivers) {
                all &= send(receiver);
            }
            pause = all ? EVERY : shorter(longer(pause, EVERY).multipliedBy(2), LONGEST_PAUSE);
        }
        for (Receiver receiver : receivers) {
            if (!receiver.silent) {
                send(receiver);
            }
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Waits for a time, or until the run is at its end; returns whether it is. */
    private boolean awaitEnd(Duration time) {
        lock.lock();
        try {
            long left = time.toNanos();
            while (!completing && left > 0) {
                left = changed.awaitNanos(left);
            }
            return completing;
        } catch (InterruptedException ended) {
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static boolean send(Receiver receiver) {
        long begun = System.nanoTime();
        try {
            receiver.tracked.send();
            receiver.failure = null;
            receiver.silent = false;
            return true;
        } catch (IOException | RuntimeException failed) {
            receiver.failure = FileFailure.told(failed);
            receiver.silent = System.nanoTime() - begun > CALL.toNanos() / 2;
            return false;
        }
    }

    @Override
    public Duration patience() {
        return AT_END.plusSeconds(5);
    }

    @Override
    public Optional<Warned> complete() throws Exception {
        lock.lock();
        try {
            completing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (thread != null) {
            thread.join(AT_END.toMillis());
        }
        List<String> shortfalls = new ArrayList<>();
        List<String> commands = new ArrayList<>();
        for (Receiver receiver : receivers) {
            String shortfall = receiver.shortfall();
            if (shortfall != null) {
                shortfalls.add(shortfall);
                commands.add(format(
                        "align track %s --to %s",
                        receiver.tracked.folder(), receiver.tracked.target().text()));
            }
        }
        return shortfalls.isEmpty()
                ? Optional.empty()
                : Optional.of(new Warned(
                        "not-tracked",
                        String.join(" ", shortfalls),
                        "The run is whole; send what is missing: " + String.join(" ; ", commands)));
    }
}
