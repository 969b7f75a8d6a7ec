package org.align4j.core.cli.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs on four threads of this process that never met the engine, one after another and then at once. */
public final class FourThreads {
    private static final int THREADS = 4;

    private FourThreads() {}

    /** Trains on the thread that calls. */
    public interface Training {
        /**
         * Trains to the end.
         *
         * @param name of the run, new each time
         * @return its directory
         */
        Path run(String name) throws IOException;
    }

    /**
     * Runs have the bits of the one on the thread that calls.
     *
     * @throws ExecutionException where a run fails
     */
    public static void assertSameRuns(Training training) throws IOException, ExecutionException, InterruptedException {
        Path expected = training.run("main");
        for (int i = 0; i < THREADS; i++) {
            String name = "alone-" + i;
            assertSame(Executors.newSingleThreadExecutor(), List.of(() -> training.run(name)), expected);
        }
        assertSameAtOnce(training, expected);
    }

    /**
     * Four runs at a time have the bits of another one.
     *
     * @throws ExecutionException where a run fails
     */
    public static void assertSameAtOnce(Training training, Path expected)
            throws IOException, ExecutionException, InterruptedException {
        List<Callable<Path>> runs = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            String name = "at-once-" + i;
            runs.add(() -> training.run(name));
        }
        assertSame(Executors.newFixedThreadPool(THREADS), runs, expected);
    }

    private static void assertSame(ExecutorService threads, List<Callable<Path>> runs, Path expected)
            throws IOException, ExecutionException, InterruptedException {
        try {
            for (Future<Path> run : threads.invokeAll(runs)) {
                AlignRuns.assertSame(run.get(), expected);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
