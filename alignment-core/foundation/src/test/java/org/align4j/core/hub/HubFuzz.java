package org.align4j.core.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.fuzz.FuzzFiles;
import org.align4j.core.fuzz.FuzzTarget;
import org.align4j.core.hub.HubClient.RepositoryAnswer;
import org.align4j.core.hub.PartialSnapshot.SnapshotListing;
import org.align4j.core.web.RemoteFile;

/**
 * Reads the input as a hub's answer about a repository, then as the listing that stands in the cache; the part README.md as
 * the card of a data set with those files; and files of the cache.
 */
public final class HubFuzz implements FuzzTarget {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @Override
    public void read(byte[] input, Path folder) throws IOException {
        Map<String, byte[]> parts = FuzzFiles.parts(input);
        byte[] answer = parts.getOrDefault("", new byte[0]);
        HubName name = new HubName(HubName.RepositoryType.MODEL, "org/name", "main");
        HubCache cache = new HubCache(folder, name);
        FuzzFiles.write(
                cache.beside("." + COMMIT + ".files.json").resolveSibling(""), "." + COMMIT + ".files.json", answer);
        cache(cache, parts);
        new SnapshotListing(cache).read(COMMIT).ifPresent(HubFuzz::visit);
        Snapshot snapshot = new RepositoryAnswer("https://hub.example", name).snapshot(answer);
        visit(snapshot);
        String readme = new String(parts.getOrDefault("README.md", new byte[0]), UTF_8);
        String asked = new String(parts.getOrDefault("asked", "hf:org/name".getBytes(UTF_8)), UTF_8).strip();
        new DatasetLayout(
                        DatasetName.parse(asked),
                        snapshot.files().stream().map(RemoteFile::name).toList(),
                        readme)
                .files();
        snapshot.needed(name);
    }

    private static void cache(HubCache cache, Map<String, byte[]> parts) throws IOException {
        if (parts.containsKey("ref")) {
            FuzzFiles.write(cache.beside("refs"), "main", parts.get("ref"));
        }
        if (parts.containsKey("index")) {
            FuzzFiles.write(cache.snapshot(COMMIT), "config.json", new byte[0]);
            FuzzFiles.write(cache.snapshot(COMMIT), "model.safetensors.index.json", parts.get("index"));
        }
        try {
            cache.find();
            new HubCache(
                            cache.beside("").resolveSibling(""),
                            new HubName(HubName.RepositoryType.MODEL, "org/name", COMMIT))
                    .find();
        } catch (InputException refused) {
            // The answer is read in any case.
        }
    }

    private static void visit(Snapshot snapshot) {
        snapshot.text();
    }
}
