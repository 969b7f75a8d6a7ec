package org.align4j.core.stop;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * SIGTERM, SIGINT and SIGHUP as a flag. {@linkplain #during During} a piece of work, a signal does not end the JVM
 * (which would crash inside a running kernel). It raises the flag, the engine thread meets it at the next kernel
 * boundary in {@link #throwIfStopped()}, saves what is finished, and the command line exits with 143, 130 or 129.
 * Work that never meets the flag ends with the process all the same, unless it is {@linkplain #keeping keeping} something:
 * {@link StopWatch} ensures it.
 *
 * <p>A signal is the process's, so the flag is too. A second signal ends the process at once. {@linkplain #atEndOf The end of a pipe} can
 * take a first signal's place. Where the JVM lets no one
 * handle signals, or something else begins its shutdown, a shutdown hook raises the flag and holds the JVM until the work
 * has ended, then ends it with the same code.
 */
public final class StopSignal {
    /** What sends a signal to a process and to its group, as timeout does, sends it twice within a moment. */
    private static final long ONE_SIGNAL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final int LONGEST_SAVE_SECONDS = 300;
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final Duration A_LONG_TIME = Duration.ofDays(1);

    private static volatile @Nullable Cause raised;
    private static volatile long raisedAt;
    private static volatile boolean waiting;
    private static volatile @Nullable String wayOn;
    private static volatile int lastStep = Integer.MAX_VALUE;
    private static final AtomicInteger DEFERRALS = new AtomicInteger();
    private static final AtomicInteger KEEPERS = new AtomicInteger();
    private static volatile @Nullable Consumer<StoppedException> lastWords;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::holdShutdown, "stop-signal");
    private final Map<Cause, Object> formerHandlers = new EnumMap<>(Cause.class);

    private StopSignal() {}

    /** Work that may fail in its own way. */
    public interface Work<T extends @Nullable Object, E extends Exception> {
        T run() throws E;
    }

    /**
     * Handles the signals while the work runs; afterwards they have their former handlers again.
     *
     * @param words gets why the process ends where the work does not meet the flag in time
     * @throws StoppedException if a signal came and the work met it
     */
    public static <T, E extends Exception> T during(Consumer<StoppedException> words, Work<T, E> work) throws E {
        StopSignal signals = new StopSignal();
        signals.install();
        begin(words);
        try {
            return work.run();
        } finally {
            signals.uninstall();
        }
    }

    /**
     * Does work that has something to save when it is stopped, such as training: it is given all the time that it takes to
     * meet the flag and to save. A second signal ends it all the same.
     */
    public static <T extends @Nullable Object, E extends Exception> T keeping(Work<T, E> work) throws E {
        KEEPERS.incrementAndGet();
        try {
            return work.run();
        } finally {
            KEEPERS.decrementAndGet();
        }
    }

    /**
     * Waits for something outside, such as what a person types: a signal ends the process at once, for nothing is at
     * work.
     */
    public static <T extends @Nullable Object, E extends Exception> T waiting(Work<T, E> wait) throws E {
        waiting = true;
        try {
            throwIfStopped();
            return wait.run();
        } finally {
            waiting = false;
        }
    }

    /**
     * Asks the work of this process to stop, as SIGTERM does, when a pipe comes to its end: its writer closed it, or died in whatever way.
     * Before that, lines in the pipe are words of {@link Control}.
     */
    public static void atEndOf(InputStream pipe) {
        Thread reader = new Thread(
                () -> {
                    obeyAll(pipe);
                    raise(Cause.PIPE);
                },
                "supervisor-pipe");
        reader.setDaemon(true);
        reader.start();
    }

    private static void obeyAll(InputStream pipe) {
        try {
            Control.obey(pipe);
        } catch (IOException broken) {
            // Nobody holds the other end, as far as anyone can tell.
        }
    }

    private void install() {
        Runtime.getRuntime().addShutdownHook(hook);
        for (Cause signal : new Cause[] {Cause.TERM, Cause.INT, Cause.HUP}) {
            Object former = signal.handle(() -> raise(signal));
            if (former != null) {
                formerHandlers.put(signal, former);
            }
        }
    }

    private void uninstall() {
        formerHandlers.forEach(Cause::restore);
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            raised = null;
        } catch (IllegalStateException shutdownHasBegun) {
            // The hook is running: it waited for this moment and ends the process.
        }
    }

    /**
     * Ends the work in hand if the process, or this work, was asked to stop: a volatile read and a look at what belongs to the thread,
     * cheap enough between any two kernels.
     *
     * @throws StoppedException if a signal has come, or a {@link StopRequest} was raised, and nothing defers it
     */
    public static void throwIfStopped() {
        Cause cause = raised;
        if (cause != null && DEFERRALS.get() == 0) {
            throw cause.exception();
        }
        StopRequest.throwIfRaised();
    }

    /**
     * Has every training of this process save and end once so many optimizer steps of its run are done, as SIGTERM would have it.
     *
     * @param steps at least 1
     */
    public static void afterStep(int steps) {
        lastStep = steps;
    }

    /**
     * Ends a training like {@link #throwIfStopped()}, and where its run has all the steps that {@link #afterStep} lets it have.
     *
     * @param stepsDone optimizer steps of its run so far
     * @throws StoppedException if it is to end
     */
    public static void throwIfStoppedAfter(int stepsDone) {
        throwIfStopped();
        if (stepsDone >= lastStep) {
            throw Cause.STEP.exception();
        }
    }

    /**
     * Does nothing for a while.
     *
     * @throws StoppedException if a signal has come or comes and nothing defers it
     */
    public static void sleep(Duration time) throws InterruptedException {
        long until = System.nanoTime() + time.toNanos();
        for (long left = time.toMillis(); left > 0; left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())) {
            throwIfStopped();
            Thread.sleep(Math.min(left, LOOK_EVERY_MILLIS));
        }
        throwIfStopped();
    }

    /**
     * Does nothing until the process is asked to stop, for what serves meanwhile.
     *
     * @return what the process then exits with
     * @throws IllegalStateException where the thread is interrupted
     */
    public static int awaitStop() {
        try {
            while (true) {
                sleep(A_LONG_TIME);
            }
        } catch (StoppedException stopped) {
            return stopped.exitCode();
        } catch (InterruptedException nobodyDoes) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a stop", nobodyDoes);
        }
    }

    /**
     * Runs work that must be whole though a signal or a request comes or has come, such as an optimizer step or a checkpoint: within
     * it {@link #throwIfStopped()} does nothing.
     */
    public static void defer(Runnable work) {
        StopSignal.<Boolean, RuntimeException>defer(() -> {
            work.run();
            return true;
        });
    }

    /** Defers the stop signal as {@link #defer(Runnable)} does, for work that has a result. */
    public static <T extends @Nullable Object, E extends Exception> T defer(Work<T, E> work) throws E {
        DEFERRALS.incrementAndGet();
        Runnable heedAgain = StopRequest.defer();
        try {
            return work.run();
        } finally {
            heedAgain.run();
            DEFERRALS.decrementAndGet();
        }
    }

    /**
     * Sets the command with which the work in hand can be gone on with.
     *
     * @param command what a person types for that; null where nothing is left to do
     */
    public static void goOnWith(@Nullable String command) {
        wayOn = command;
    }

    static @Nullable String wayOn() {
        return wayOn;
    }

    static synchronized void raise(Cause signal) {
        if (waiting) {
            Runtime.getRuntime().halt(signal.exitCode());
        } else if (raised == null) {
            raisedAt = System.nanoTime();
            raised = signal;
            watch(lastWords);
        } else if (signal == Cause.SHUTDOWN || signal == Cause.PIPE || signal == Cause.CONTROL) {
            return; // Who stops the process by a signal, and closes the pipe too, asks once.
        } else if (raised == Cause.PIPE || raised == Cause.CONTROL) {
            raisedAt = System.nanoTime();
            raised = signal;
        } else if (System.nanoTime() - raisedAt > ONE_SIGNAL_NANOS) {
            Runtime.getRuntime().halt(signal.exitCode());
        }
    }

    /** Work begins: what was raised before it, as by a pipe that ended while the JVM started, is its to meet. */
    private static synchronized void begin(Consumer<StoppedException> words) {
        lastWords = words;
        watch(words);
    }

    private static void watch(@Nullable Consumer<StoppedException> words) {
        Cause cause = raised;
        if (cause != null && words != null) {
            new StopWatch(cause, () -> raised != null, () -> KEEPERS.get() + DEFERRALS.get() > 0, words).start();
        }
    }

    private void holdShutdown() {
        raise(Cause.SHUTDOWN);
        Cause cause = raised;
        try {
            if (!closed.await(LONGEST_SAVE_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(cause == null ? Cause.SHUTDOWN.exitCode() : cause.exitCode());
    }

    /** Ends a process whose work was asked to stop, has nothing to save and does not meet the flag in time. */
    private static final class StopWatch {
        /** How long a stop is waited for; with the time in which the process ends, less than two seconds. */
        private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1200);

        private static final long LOOK_EVERY_MILLIS = 20;
        private static final long LONGEST_WORDS_MILLIS = 600;

        private final Cause signal;
        private final BooleanSupplier works;
        private final BooleanSupplier keeps;
        private final Consumer<StoppedException> lastWords;

        /**
         * A watch over what a signal is to end.
         *
         * @param works whether the work still runs
         * @param keeps whether it has something to save
         * @param lastWords called before the process ends
         */
        StopWatch(Cause signal, BooleanSupplier works, BooleanSupplier keeps, Consumer<StoppedException> lastWords) {
            this.signal = signal;
            this.works = works;
            this.keeps = keeps;
            this.lastWords = lastWords;
        }

        void start() {
            daemon("stop-watch", this::watch);
        }

        private void watch() {
            long since = System.nanoTime();
            while (works.getAsBoolean()) {
                if (keeps.getAsBoolean()) {
                    since = System.nanoTime();
                } else if (System.nanoTime() - since > PATIENCE_NANOS) {
                    end();
                }
                sleep();
            }
        }

        private void end() {
            // The work may hold the terminal: nobody waits for that.
            Thread words = daemon("last-words", () -> lastWords.accept(signal.exception()));
            try {
                words.join(LONGEST_WORDS_MILLIS);
            } catch (InterruptedException atTheEnd) {
                Thread.currentThread().interrupt();
            }
            Runtime.getRuntime().halt(signal.exitCode());
        }

        private static void sleep() {
            try {
                Thread.sleep(LOOK_EVERY_MILLIS);
            } catch (InterruptedException nobodyDoes) {
                Thread.currentThread().interrupt();
            }
        }

        private static Thread daemon(String name, Runnable work) {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            thread.start();
            return thread;
        }
    }
}
