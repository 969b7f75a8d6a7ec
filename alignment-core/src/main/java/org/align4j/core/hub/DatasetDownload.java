package org.align4j.core.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.hub.dataset.DatasetLayout;
import org.align4j.core.hub.dataset.DatasetName;
import org.jspecify.annotations.Nullable;

/**
 * One data set: what it consists of is asked once a commit and kept beside the snapshot, and of its files only those of
 * the split come. What is there is used without asking the network.
 */
final class DatasetDownload {
    private static final String README = "README.md";

    private final HubSettings settings;
    private final HubListener listener;
    private final DatasetName dataset;
    private final HubName name;
    private final HubCache cache;
    private final SnapshotListing listing;

    DatasetDownload(HubSettings settings, HubListener listener, DatasetName dataset) {
        this.settings = settings;
        this.listener = listener;
        this.dataset = dataset;
        this.name = new HubName(HubName.Kind.DATASET, dataset.repository(), dataset.revision());
        this.cache = new HubCache(settings.cache(), name);
        this.listing = new SnapshotListing(cache);
    }

    DatasetFiles files() {
        try {
            Snapshot snapshot = snapshot();
            Path directory = cache.snapshot(snapshot.commit());
            List<String> names = snapshot.files().stream().map(HubFile::name).toList();
            String readme = "";
            if (names.contains(README)) {
                require(snapshot, List.of(README), HubListener.SILENT);
                readme = new String(Files.readAllBytes(directory.resolve(README)), StandardCharsets.UTF_8);
            }
            List<String> needed = new DatasetLayout(dataset, names, readme).files();
            require(snapshot, needed, listener);
            return new DatasetFiles(
                    dataset.at(snapshot.commit()),
                    needed.stream().map(directory::resolve).toList());
        } catch (IOException e) {
            throw new RunException(
                    dataset + " could not be downloaded from " + settings.endpoint() + ": " + e
                            + ". Check the network; with HF_HUB_OFFLINE=1 what is in the cache is used.",
                    e);
        }
    }

    private Snapshot snapshot() throws IOException {
        @Nullable String commit = cache.commit().orElse(null);
        Optional<Snapshot> known = commit == null ? Optional.empty() : listing.read(commit);
        if (known.isEmpty() && settings.offline() && commit != null) {
            known = listing.present(commit);
        }
        if (known.isPresent()) {
            return known.get();
        }
        if (settings.offline()) {
            throw new InputException(dataset + " is not in the cache " + settings.cache()
                    + ", and HF_HUB_OFFLINE is set; unset it to download the data.");
        }
        // Another program may have fetched some files of a commit; then that commit is asked for.
        HubName at = commit == null ? name : new HubName(name.kind(), name.repository(), commit);
        Snapshot asked = new HubClient(settings, at).snapshot();
        cache.begin(asked);
        listing.write(asked);
        cache.finish(asked, List.of());
        return asked;
    }

    private void require(Snapshot snapshot, List<String> names, HubListener hearing) throws IOException {
        Path directory = cache.snapshot(snapshot.commit());
        List<HubFile> missing = snapshot.files().stream()
                .filter(file -> names.contains(file.name()) && !Files.exists(directory.resolve(file.name())))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        if (settings.offline()) {
            throw new InputException(dataset + " lacks " + missing.get(0).name() + " in the cache " + settings.cache()
                    + ", and HF_HUB_OFFLINE is set; unset it to download the data.");
        }
        new Downloads(settings, new HubClient(settings, name), snapshot, cache)
                .fetch(missing, dataset.toString(), hearing);
    }
}
