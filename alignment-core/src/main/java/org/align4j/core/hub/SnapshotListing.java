package org.align4j.core.hub;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.web.RemoteFile;
import org.align4j.core.files.AtomicFile;

/** What a commit consists of, whether its files are there or not: a hidden file beside the snapshots. */
final class SnapshotListing {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HubCache cache;

    SnapshotListing(HubCache cache) {
        this.cache = cache;
    }

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
            JSON.readTree(Files.readAllBytes(file(commit)))
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
        ObjectNode files = JSON.createObjectNode();
        for (RemoteFile file : snapshot.files()) {
            files.putObject(file.name()).put("size", file.size()).put("hash", file.hash());
        }
        AtomicFile.write(file(snapshot.commit()), JSON.writeValueAsBytes(files));
    }

    /** What lies in the snapshot's directory, where another program put it there; empty where nothing does. */
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
