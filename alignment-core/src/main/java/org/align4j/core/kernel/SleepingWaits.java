package org.align4j.core.kernel;

import ai.djl.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Has libtorch's threads sleep where they wait for each other, as long as it is on; off, they spin first. libgomp, which runs them,
 * takes some 300,000 turns at every barrier before a thread sleeps, but only 100 while the process has more threads in teams than
 * there are processors, and it looks at that before each wait. So a few more teams are held here, by threads that do nothing: the
 * number of threads that compute stays as it is, and so does every result.
 */
final class SleepingWaits {
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

    /** Keeps a team until released: it ends with the thread. */
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
