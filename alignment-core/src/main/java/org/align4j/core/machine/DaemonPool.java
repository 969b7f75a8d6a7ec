package org.align4j.core.machine;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Pools of a fixed number of threads, which don't keep the process alive. */
public final class DaemonPool {
    private DaemonPool() {}

    /**
     * A pool of threads that all have one name.
     *
     * @param threads how many work at a time
     * @param name of each, as thread dumps have it
     */
    public static ExecutorService of(int threads, String name) {
        return Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }
}
