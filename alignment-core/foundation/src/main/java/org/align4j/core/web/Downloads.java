package org.align4j.core.web;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.align4j.core.error.RunException;
import org.align4j.core.stop.StopSignal;

/** Downloads files, several at a time. */
public final class Downloads {
    private static final int PARALLEL = 4;
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final Duration LET_GO = Duration.ofSeconds(30);

    private Downloads() {}

    /** A download may wait for another process's, which no signal to this one ends. */
    private static void await(Future<?> download) throws ExecutionException, InterruptedException {
        while (true) {
            StopSignal.throwIfStopped();
            try {
                download.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException notYet) {
                // ask whether to stop, then wait on
            }
        }
    }

    /**
     * Runs all downloads to their end.
     *
     * @param what their name, for the follower
     * @param pause how long to wait after a file's first failure; doubled after each further one
     * @throws RunException if one could not be fetched; what has arrived is kept
     */
    public static void run(String what, List<Download> downloads, Duration pause, Consumer<Transfer> follower)
            throws IOException {
        long bytes = 0;
        for (Download download : downloads) {
            bytes += download.remaining();
        }
        LongConsumer received = Transfer.begin(what, false, bytes, follower);
        ExecutorService pool = Executors.newFixedThreadPool(PARALLEL);
        try {
            List<Future<?>> futures = new ArrayList<>();
            for (Download download : downloads) {
                futures.add(pool.submit(() -> download.run(pause.toMillis(), received)));
            }
            for (Future<?> future : futures) {
                await(future);
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failed ? failed : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("The download was interrupted; what has arrived is kept, run again to go on.", e);
        } finally {
            pool.shutdownNow();
            // None may still hold its file's lock when the caller tries again.
            boolean unused = Uninterruptibles.awaitTerminationUninterruptibly(pool, LET_GO);
        }
    }
}
