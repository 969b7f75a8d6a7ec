package org.align4j.core.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.GrowingFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.LockFile;
import org.align4j.core.web.RemoteFile;

/**
 * One repository's folder in the Hugging Face cache: {@code blobs} by hash, {@code refs} from revision to commit,
 * {@code snapshots} of links by commit. While a snapshot is being made, a hidden file next to these folders says so.
 */
final class HubCache {

    /** A name next to others: no way up, no path. */
    private static final Pattern FOLDER = Pattern.compile("\\w[\\w.-]*");

    private final HubName name;
    private final Path folder;

    HubCache(Path root, HubName name) {
        this.name = name;
        this.folder = root.toAbsolutePath().resolve(name.folder());
    }

    /** The snapshot of the revision, when it is here with weights and configuration. */
    Optional<Path> find() {
        return commit().map(this::snapshot).filter(this::usable);
    }

    /** The commit that the revision stands for, as far as the cache knows. */
    Optional<String> commit() {
        if (name.isCommit()) {
            return Optional.of(name.revision());
        }
        Path ref = folder.resolve("refs").resolve(name.revision());
        if (!Files.isRegularFile(ref)) {
            return Optional.empty();
        }
        try {
            String commit = Files.readString(ref).strip();
            if (!FOLDER.matcher(commit).matches()) {
                throw new InputException(ref + " holds no commit; delete it to have the revision looked up again.");
            }
            return Optional.of(commit);
        } catch (IOException e) {
            throw new InputException(ref + " cannot be read: " + FileFailure.reason(e), e);
        }
    }

    private boolean usable(Path snapshot) {
        boolean adapter = Files.exists(snapshot.resolve("adapter_config.json"))
                && Files.exists(snapshot.resolve("adapter_model.safetensors"));
        boolean single = Files.exists(snapshot.resolve("model.safetensors"));
        boolean sharded = !single && hasAllShards(snapshot.resolve("model.safetensors.index.json"));
        boolean model = Files.exists(snapshot.resolve("config.json")) && (single || sharded);
        return (adapter || model) && !Files.exists(marker(snapshot));
    }

    /** Whether every file that the index names is there; another program may have fetched only some. */
    private static boolean hasAllShards(Path index) {
        if (!Files.exists(index)) {
            return false;
        }
        try {
            JsonNode shards = Json.read(index).path("weight_map");
            for (JsonNode shard : shards) {
                if (!FOLDER.matcher(shard.asText()).matches() || !Files.exists(index.resolveSibling(shard.asText()))) {
                    return false;
                }
            }
            return !shards.isEmpty();
        } catch (IOException e) {
            throw new InputException(index + " cannot be read: " + FileFailure.reason(e), e);
        }
    }

    /** Stands while a download into the snapshot is not complete. */
    private Path marker(Path snapshot) {
        return folder.resolve("." + snapshot.getFileName() + ".downloading");
    }

    /** A file of our own in the repository's folder. */
    Path beside(String fileName) {
        return folder.resolve(fileName);
    }

    Path blob(RemoteFile file) {
        return folder.resolve("blobs").resolve(file.hash());
    }

    /** Held while a blob is being written. */
    Path lock(RemoteFile file) {
        return lock(file.hash());
    }

    private Path lock(String held) {
        return folder.resolveSibling(".locks").resolve(name.folder()).resolve(held + ".lock");
    }

    Path snapshot(String commit) {
        return folder.resolve("snapshots").resolve(commit);
    }

    void begin(Snapshot snapshot) {
        onDisk(() -> {
            Folders.make(folder.resolve("blobs"));
            Folders.make(folder.resolveSibling(".locks").resolve(name.folder()));
            Folders.make(snapshot(snapshot.commit()));
            mark(snapshot(snapshot.commit()));
        });
    }

    private void mark(Path snapshot) throws IOException {
        GrowingFile.open(marker(snapshot)).close();
        Folders.force(folder);
    }

    /**
     * Makes the snapshot of complete blobs visible: links first, then the revision, then no marker, each on the disk before the next.
     * Of several processes one at a time does that, and what one has made stays as it is for those who read it already.
     */
    @SuppressWarnings("try") // the lock is held until it is closed
    Path finish(Snapshot snapshot, List<RemoteFile> files) {
        Path directory = snapshot(snapshot.commit());
        onDisk(() -> {
            try (LockFile held = LockFile.await(lock("snapshots"))) {
                // Another process may have finished some of the files, and taken the mark away.
                mark(directory);
                link(directory, files);
                if (!name.isCommit()) {
                    writeRevision(snapshot.commit());
                }
                Folders.deleteIfExists(marker(directory));
                Folders.force(folder);
            }
        });
        return directory;
    }

    private void link(Path directory, List<RemoteFile> files) throws IOException {
        Set<Path> changed = new LinkedHashSet<>();
        for (RemoteFile file : files) {
            Path link = directory.resolve(file.name());
            link(link, blob(file));
            changed.add(link.resolveSibling(""));
        }
        for (Path names : changed) {
            Folders.force(names);
        }
    }

    private static void link(Path link, Path blob) throws IOException {
        Folders.make(link.resolveSibling(""));
        Path target = link.resolveSibling("").relativize(blob);
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
            return;
        }
        Folders.deleteIfExists(link);
        try {
            FreshFile.link(link, target);
        } catch (IOException | UnsupportedOperationException e) {
            // Windows without the right to make links: the cache layout has the file itself there.
            FreshFile.copy(blob, link);
            Folders.force(link);
        }
    }

    private void writeRevision(String commit) throws IOException {
        Path ref = folder.resolve("refs").resolve(name.revision());
        Path refs = ref.resolveSibling("");
        Folders.make(refs);
        // Whoever writes here has the lock.
        AtomicDirectory.sweep(refs, revision -> true);
        AtomicFile.write(ref, commit.getBytes(StandardCharsets.UTF_8));
    }

    private interface DiskWork {
        void run() throws IOException;
    }

    private void onDisk(DiskWork work) {
        try {
            work.run();
        } catch (IOException e) {
            throw new RunException(
                    folder + " could not be written: " + FileFailure.told(e)
                            + ". Check the free space and the permissions.",
                    e);
        }
    }
}
