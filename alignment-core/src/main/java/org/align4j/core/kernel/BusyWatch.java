package org.align4j.core.kernel;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.align4j.core.machine.Processor;
import org.jspecify.annotations.Nullable;

/**
 * Watches over an engine of several threads: while other work makes processors scarce, its threads sleep where they wait for each
 * other instead of spinning, which would take the time slices that the thread they wait for needs. Where the environment sets {@code
 * OMP_WAIT_POLICY} or {@code GOMP_SPINCOUNT}, somebody has decided, and where the system doesn't count waiting (only Linux does)
 * there is nothing to go by: threads wait as they always did.
 */
public final class BusyWatch {
    private static final int LOOK_EVERY_MILLIS = 250;

    private static @Nullable BusyWatch only;
    private static volatile @Nullable Consumer<String> listener;

    private final int threads;
    private final Supplier<ProcessorWaits.Look> looks;
    private final SleepingWaits waits;
    private final Scarcity scarcity = new Scarcity();
    private @Nullable Consumer<String> told;

    /**
     * @param threads of the engine, two or more
     * @param looks gives what happened since the last look
     */
    BusyWatch(int threads, Supplier<ProcessorWaits.Look> looks, SleepingWaits waits) {
        this.threads = threads;
        this.looks = looks;
        this.waits = waits;
    }

    /**
     * Begins to watch, once a process.
     *
     * @param threads of the engine; one waits for no other and is not watched
     * @param sharedOperation an operation that the library shares out among {@code threads} threads of the caller's own
     */
    public static synchronized void over(int threads, Runnable sharedOperation) {
        if (only != null || threads < 2 || isDecided(System.getenv())) {
            return;
        }
        ProcessorWaits waits = new ProcessorWaits(Path.of("/proc/self/task"));
        if (waits.counted()) {
            SleepingWaits sleeping = new SleepingWaits(threads, Processor.allowed(), sharedOperation);
            only = new BusyWatch(threads, waits::look, sleeping);
            only.start();
        }
    }

    /** Tells whether the environment says how threads wait. */
    static boolean isDecided(Map<String, String> environment) {
        return environment.containsKey("OMP_WAIT_POLICY") || environment.containsKey("GOMP_SPINCOUNT");
    }

    /**
     * Has {@code sentences} told, once, in a sentence for people, where the work under way gets less than it could use of the
     * processors; it replaces the listener before it.
     */
    public static void tell(Consumer<String> sentences) {
        listener = sentences;
    }

    /** Ends the telling. */
    public static void tellNobody() {
        listener = null;
    }

    private void start() {
        TimerTask task = new TimerTask() {
            @Override
            public void run() {
                look();
            }
        };
        new Timer("busy-watch", true).schedule(task, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS);
    }

    /** Looks once and acts on it. */
    void look() {
        if (scarcity.after(looks.get())) {
            waits.on();
        } else {
            waits.off();
        }
        Consumer<String> listening = listener;
        Optional<String> sentence = scarcity.sentence(threads);
        if (sentence.isPresent() && listening != null && listening != told) {
            told = listening;
            listening.accept(sentence.get());
        }
    }
}
