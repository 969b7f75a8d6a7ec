package org.align4j.core.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.web.Download;
import org.align4j.core.web.DownloadListener;
import org.align4j.core.web.Downloads;
import org.align4j.core.web.RemoteFile;

/** Files of one snapshot on their way into the cache, several at a time. */
record SnapshotDownload(HubSettings settings, HubClient client, Snapshot snapshot, HubCache cache) {
    /** Fetches what is not there yet and makes the files visible in the snapshot's directory, which it returns. */
    Path fetch(List<RemoteFile> files, String what, DownloadListener listener) throws IOException {
        cache.begin(snapshot);
        List<Download> downloads = new ArrayList<>();
        long bytes = 0;
        Map<String, RemoteFile> blobs = new LinkedHashMap<>();
        files.forEach(file -> blobs.put(file.hash(), file));
        for (RemoteFile file : blobs.values()) {
            Download download = new Download(
                    offset -> client.bytes(snapshot, file, offset), file, cache.blob(file), cache.lock(file), listener);
            downloads.add(download);
            bytes += download.remaining();
        }
        listener.begins(what, bytes);
        Downloads.run(downloads, settings.retryPause());
        return cache.finish(snapshot, files);
    }
}
