package org.align4j.core.kernel;

import static org.align4j.core.error.RootFormat.format;

import ai.djl.engine.EngineException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.align4j.core.machine.Processor;
import org.jspecify.annotations.Nullable;

/**
 * Lets an engine's threads sleep where they wait for each other while other work makes processors scarce. Spinning would take the
 * time slices that the thread they wait for needs. Where the environment sets {@code OMP_WAIT_POLICY} or {@code GOMP_SPINCOUNT},
 * somebody has decided, and where the system doesn't count waiting (only Linux does) there is nothing to go by: threads wait as
 * they always did.
 */
public final class BusyWatch {
    private static final int LOOK_EVERY_MILLIS = 250;

    private static @Nullable BusyWatch only;
    private static volatile @Nullable Consumer<String> listener;

    private final int threads;
    private final Supplier<ProcessorWaits.Measurement> looks;
    private final SleepingWaits waits;
    private final Scarcity scarcity = new Scarcity();
    private @Nullable Consumer<String> told;

    /**
     * @param threads of the engine, two or more
     * @param looks gives what happened since the last look
     */
    BusyWatch(int threads, Supplier<ProcessorWaits.Measurement> looks, SleepingWaits waits) {
        this.threads = threads;
        this.looks = looks;
        this.waits = waits;
    }

    /**
     * Begins to watch, once per process.
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

    /** Returns whether the environment says how threads wait. */
    static boolean isDecided(Map<String, String> environment) {
        return environment.containsKey("OMP_WAIT_POLICY") || environment.containsKey("GOMP_SPINCOUNT");
    }

    /**
     * Has {@code sentences} called, once, with a sentence for people, where the work under way gets less than it could use of the
     * processors; it replaces the listener before it.
     */
    public static void tell(Consumer<String> sentences) {
        listener = sentences;
    }

    /** Stops the reports about scarce processors. */
    public static void stopReporting() {
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

    /** Measures scarcity once, and lets threads sleep or spin. */
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

    /**
     * Judges from one look after another whether processors are scarce. It begins with the first look in which a thread that computes
     * waited for one over 15 % of the time, and ends after a second in which none waited 8 %. On an idle machine Java's compiler, which
     * is at work now and then, takes up to 8 % from them.
     */
    static final class Scarcity {
        private static final double BEGINS = 0.15;
        private static final double ENDS = 0.08;
        private static final double CALM_SECONDS = 1;
        private static final double TOLD_AFTER_SECONDS = 5;

        private boolean present;
        private double calm;
        private double seconds;
        private double ran;
        private double waited;

        /** Takes a look into account; whether processors are scarce now. */
        boolean after(ProcessorWaits.Measurement look) {
            calm = look.longest() < ENDS * look.seconds() ? calm + look.seconds() : 0;
            if (present ? calm >= CALM_SECONDS : look.longestOfBusy() <= BEGINS * look.seconds()) {
                present = false;
                seconds = ran = waited = 0;
            } else {
                present = true;
                seconds += look.seconds();
                ran += look.ran();
                waited += look.waited();
            }
            return present;
        }

        /**
         * What a person reads about a run that is slow because of other work; empty before it has lasted for a while.
         *
         * @param threads of the engine
         */
        Optional<String> sentence(int threads) {
            if (!present || seconds < TOLD_AFTER_SECONDS) {
                return Optional.empty();
            }
            return Optional.of(format(
                    "This run gets less of the processors than it could use, because of other work or a container's limit. In the last %.0f s it had %.1f of them for its %d threads, which waited for one %.0f %% of the time that they could have run. With --threads 1 no thread waits for another, which may be faster here; results may then differ in their last digits.",
                    seconds, ran / seconds, threads, 100 * waited / Math.max(ran + waited, 1e-9)));
        }
    }

    /**
     * Has libtorch's threads sleep where they wait for each other, as long as it is on; off, they spin first. libgomp, which runs them,
     * takes some 300,000 turns at every barrier before a thread sleeps, but only 100 while the process has more threads in teams than
     * there are processors, and it looks at that before each wait. So a few more teams are held here, by threads that do nothing: the
     * number of threads that compute stays as it is, and so does every result.
     */
    static final class SleepingWaits {
        private static final int MOST_THREADS = 128;

        private final int teams;
        private final Runnable sharedOperation;
        private final List<CountDownLatch> held = new ArrayList<>();

        /**
         * @param threads of the engine, two or more
         * @param processors that this process may run on
         * @param sharedOperation an operation that the library shares out among {@code threads} threads of the caller's own
         */
        SleepingWaits(int threads, int processors, Runnable sharedOperation) {
            this.teams = teams(threads, processors);
            this.sharedOperation = sharedOperation;
        }

        /**
         * Teams to hold so that there are more threads than processors: with one team that computes, each further team of {@code
         * threads} adds all its threads but the one that opens it. 0 where that would take more than {@value #MOST_THREADS}, as on a
         * large machine of which a container has a few processors, and more than the engine has itself.
         */
        static int teams(int threads, int processors) {
            int teams = Math.max(1, (processors - 1) / (threads - 1));
            return teams * threads <= Math.max(MOST_THREADS, threads) ? teams : 0;
        }

        void on() {
            while (held.size() < teams) {
                CountDownLatch release = new CountDownLatch(1);
                Thread holder = new Thread(() -> hold(release), "sleeping-waits");
                holder.setDaemon(true);
                holder.start();
                held.add(release);
            }
        }

        boolean isOn() {
            return !held.isEmpty();
        }

        void off() {
            held.forEach(CountDownLatch::countDown);
            held.clear();
        }

        /** Keeps a thread team until released; the team ends with the thread. */
        private void hold(CountDownLatch release) {
            try {
                sharedOperation.run();
                release.await();
            } catch (EngineException noMemory) {
                return; // Without the team the others go on spinning, as they do without a watch.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
