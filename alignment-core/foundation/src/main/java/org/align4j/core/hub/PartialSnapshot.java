package org.align4j.core.hub;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.web.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * A repository of which only some files are wanted: what it consists of is asked once a commit and kept next to the snapshot. What
 * is there is used without asking the network.
 */
final class PartialSnapshot {
    private final HubSettings settings;
    private final HubName name;
    private final String what;
    private final HubCache cache;
    private final SnapshotListing listing;

    /** @param what messages call it */
    PartialSnapshot(HubSettings settings, HubName name, String what) {
        this.settings = settings;
        this.name = name;
        this.what = what;
        this.cache = new HubCache(settings.cache(), name);
        this.listing = new SnapshotListing(cache);
    }

    /** Returns the directory in which a commit's files lie. */
    Path directory(Snapshot snapshot) {
        return cache.snapshot(snapshot.commit());
    }

    /** Returns the files of the repository. */
    Snapshot files() throws IOException {
        @Nullable String commit = cache.commit().orElse(null);
        Optional<Snapshot> known = commit == null ? Optional.empty() : listing.read(commit);
        if (known.isEmpty() && settings.offline() && commit != null) {
            known = listing.present(commit);
        }
        if (known.isPresent()) {
            return known.get();
        }
        if (settings.offline()) {
            throw new InputException(what + " is not in the cache " + settings.cache()
                    + ", and HF_HUB_OFFLINE is set; unset it to download it.");
        }
        // Another program may have fetched some files of a commit; then that commit is asked for.
        HubName at = commit == null ? name : new HubName(name.type(), name.repository(), commit);
        Snapshot asked = new HubClient(settings, at).snapshot();
        cache.begin(asked);
        listing.write(asked);
        cache.finish(asked, List.of());
        return asked;
    }

    /** Fetches those of some files that are not there yet. */
    void require(Snapshot snapshot, List<String> names, Consumer<Transfer> follower) throws IOException {
        List<RemoteFile> missing = snapshot.files().stream()
                .filter(file -> names.contains(file.name())
                        && !Files.exists(directory(snapshot).resolve(file.name())))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        if (settings.offline()) {
            throw new InputException(what + " lacks " + missing.get(0).name() + " in the cache " + settings.cache()
                    + ", and HF_HUB_OFFLINE is set; unset it to download it.");
        }
        new HubClient(settings, name).fetch(snapshot, cache, missing, what, follower);
    }

    RunException failed(IOException e) {
        return new RunException(
                what + " could not be downloaded from " + settings.endpoint() + ": " + FileFailure.told(e)
                        + ". Check the network; with HF_HUB_OFFLINE=1 what is in the cache is used.",
                e);
    }

    /** What a commit consists of, whether its files are there or not: a hidden file next to the snapshots. */
    record SnapshotListing(HubCache cache) {
        private Path file(String commit) {
            return cache.beside("." + commit + ".files.json");
        }

        /** The listing as it was written; empty where there is none that can be read. */
        Optional<Snapshot> read(String commit) throws IOException {
            if (!Files.exists(file(commit))) {
                return Optional.empty();
            }
            List<RemoteFile> files = new ArrayList<>();
            try {
                Json.read(file(commit))
                        .properties()
                        .forEach(entry -> files.add(new RemoteFile(
                                entry.getKey(),
                                entry.getValue().path("size").asLong(),
                                entry.getValue().path("hash").asText())));
            } catch (JacksonException | CharConversionException e) {
                return Optional.empty();
            }
            return Optional.of(new Snapshot(commit, files));
        }

        void write(Snapshot snapshot) throws IOException {
            ObjectNode files = Json.object();
            for (RemoteFile file : snapshot.files()) {
                files.putObject(file.name()).put("size", file.size()).put("hash", file.hash());
            }
            AtomicFile.write(file(snapshot.commit()), Json.bytes(files));
        }

        /** What is in the snapshot's directory, where another program put it there; empty where nothing does. */
        Optional<Snapshot> present(String commit) throws IOException {
            Path directory = cache.snapshot(commit);
            if (!Files.isDirectory(directory)) {
                return Optional.empty();
            }
            List<RemoteFile> files = new ArrayList<>();
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.filter(Files::isRegularFile).sorted().toList()) {
                    String name = directory.relativize(path).toString().replace('\\', '/');
                    files.add(new RemoteFile(name, Files.size(path), ""));
                }
            }
            return files.isEmpty() ? Optional.empty() : Optional.of(new Snapshot(commit, files));
        }
    }
}
