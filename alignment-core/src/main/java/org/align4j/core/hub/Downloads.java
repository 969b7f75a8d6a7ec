package org.align4j.core.hub;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.align4j.core.error.RunException;
import org.align4j.core.stop.StopSignal;

/** Files of one snapshot on their way into the cache, several at a time. */
final class Downloads {
    private static final int PARALLEL = 4;
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final Duration LET_GO = Duration.ofSeconds(30);

    private final HubSettings settings;
    private final HubClient client;
    private final Snapshot snapshot;
    private final HubCache cache;

    Downloads(HubSettings settings, HubClient client, Snapshot snapshot, HubCache cache) {
        this.settings = settings;
        this.client = client;
        this.snapshot = snapshot;
        this.cache = cache;
    }

    /** Fetches what is not there yet and makes the files visible in the snapshot's directory, which it returns. */
    Path fetch(List<HubFile> files, String what, HubListener listener) throws IOException {
        cache.begin(snapshot);
        List<BlobDownload> downloads = new ArrayList<>();
        long bytes = 0;
        Map<String, HubFile> blobs = new LinkedHashMap<>();
        files.forEach(file -> blobs.put(file.hash(), file));
        for (HubFile file : blobs.values()) {
            BlobDownload download = new BlobDownload(client, snapshot, file, cache, listener);
            downloads.add(download);
            bytes += download.remaining();
        }
        listener.begins(what, bytes);
        runAll(downloads);
        return cache.finish(snapshot, files);
    }

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

    private void runAll(List<BlobDownload> downloads) {
        ExecutorService pool = Executors.newFixedThreadPool(PARALLEL);
        try {
            List<Future<?>> futures = new ArrayList<>();
            for (BlobDownload download : downloads) {
                futures.add(pool.submit(() -> download.run(settings.retryPause().toMillis())));
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
