package org.align4j.core.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.align4j.core.web.Download;
import org.align4j.core.web.Downloads;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.web.Transfer;

/** Files of one snapshot on their way into the cache, several at a time. */
record SnapshotDownload(HubSettings settings, HubClient client, Snapshot snapshot, HubCache cache) {
    /** Fetches what is not there yet and makes the files visible in the snapshot's directory, which it returns. */
    Path fetch(List<RemoteFile> files, String what, Consumer<Transfer> follower) throws IOException {
        cache.begin(snapshot);
        List<Download> downloads = new ArrayList<>();
        Map<String, RemoteFile> blobs = new LinkedHashMap<>();
        files.forEach(file -> blobs.put(file.hash(), file));
        for (RemoteFile file : blobs.values()) {
            downloads.add(new Download(
                    offset -> client.bytes(snapshot, file, offset), file, cache.blob(file), cache.lock(file)));
        }
        Downloads.run(what, downloads, settings.retryPause(), follower);
        return cache.finish(snapshot, files);
    }
}
