package org.align4j.core.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;

/**
 * Finds models: a directory stands for itself, {@code org/name[@revision]} for a snapshot in the Hugging Face cache, which
 * is downloaded when it is not there. What is there is used as it is, without asking the network.
 */
public final class Hub {
    private static final int PARALLEL = 4;

    private final HubSettings settings;
    private final HubListener listener;

    public Hub(HubSettings settings, HubListener listener) {
        this.settings = settings;
        this.listener = listener;
    }

    /** The hub that the environment variables describe. */
    public static Hub ofEnvironment(HubListener listener) {
        Path home = Path.of(System.getProperty("user.home", "."));
        return new Hub(HubSettings.of(System.getenv(), home), listener);
    }

    /** Whether an argument has the form {@code org/name[@revision]}. */
    public static boolean isName(String argument) {
        return HubName.parse(argument).isPresent();
    }

    /**
     * The directory of a model or adapter.
     *
     * @param argument a directory, or {@code org/name[@revision]}
     * @throws InputException when there is no such model, it is gated, or it is missing and the network is off
     * @throws RunException when the download fails; what has arrived is kept
     */
    public Path resolve(String argument) {
        Path directory = Path.of(argument);
        if (Files.isDirectory(directory)) {
            return directory;
        }
        HubName name = HubName.parse(argument)
                .orElseThrow(() -> new InputException(argument
                        + " does not exist; give a model directory, or org/name[@revision] of a model on the hub."));
        HubCache cache = new HubCache(settings.cache(), name);
        return cache.find().orElseGet(() -> download(name, cache));
    }

    private Path download(HubName name, HubCache cache) {
        if (settings.offline()) {
            throw new InputException(name + " is no directory here and not in the cache " + settings.cache()
                    + ", and HF_HUB_OFFLINE is set; unset it to download the model.");
        }
        HubClient client = new HubClient(settings, name);
        try {
            Snapshot snapshot = client.snapshot();
            List<HubFile> files = snapshot.needed(name);
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
            listener.begins(name.toString(), bytes);
            runAll(downloads);
            return cache.finish(snapshot, files);
        } catch (IOException e) {
            throw new RunException(
                    name + " could not be downloaded from " + settings.endpoint() + ": " + e
                            + ". Check the network, or give a model directory.",
                    e);
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
                future.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InputException wrong) {
                throw wrong;
            }
            throw e.getCause() instanceof RunException failed ? failed : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunException("The download was interrupted; what has arrived is kept, run again to go on.", e);
        } finally {
            pool.shutdownNow();
        }
    }
}
