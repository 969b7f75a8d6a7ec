package org.align4j.core.stop;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Ends a process whose work was told to stop, has nothing to save and does not meet the flag in time. */
final class StopWatch {
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
     * @param lastWords told before the process ends
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
