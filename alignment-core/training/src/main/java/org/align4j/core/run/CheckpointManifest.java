package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JacksonException;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingInputStream;
import com.google.common.io.ByteStreams;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.align4j.core.files.FreshFile;

/**
 * The sizes and SHA-256 of every file of one checkpoint ({@code manifest.json}). The manifest carries its own hash and
 * is compared byte for byte with what it should be, so a single changed bit is seen, in it too.
 *
 * @param step the checkpoint's step: a checkpoint under another's name is seen as well
 * @param files path within the checkpoint, with {@code /}, to its size and hash
 * @param sha256 the hash of this document without this entry
 */
record CheckpointManifest(int step, Map<String, Entry> files, String sha256) {
    static final String NAME = "manifest.json";

    /** Holds the size and hash of one file. */
    record Entry(long bytes, String sha256) {}

    /** Hashes what is in the directory and writes the manifest next to it. */
    static void write(Path checkpoint, int step) throws IOException {
        Map<String, Entry> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(checkpoint)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(checkpoint.relativize(file).toString().replace('\\', '/'), hash(file));
            }
        }
        FreshFile.write(checkpoint.resolve(NAME), Json.line(of(step, files)));
    }

    /** Whether the checkpoint was written with a file of this name; true where its manifest can't be read. */
    static boolean names(Path checkpoint, String file) throws IOException {
        try {
            CheckpointManifest manifest =
                    Json.parse(Files.readAllBytes(checkpoint.resolve(NAME)), CheckpointManifest.class);
            return manifest.files == null || manifest.files.containsKey(file);
        } catch (JacksonException | CharConversionException | NoSuchFileException unreadable) {
            return true;
        }
    }

    /** Whether a directory has a manifest as checkpoints are written with, whatever became of the files that it lists. */
    static boolean isOne(Path directory) throws IOException {
        return written(directory).isPresent();
    }

    /** The manifest as it was written; empty where it is missing or damaged. */
    private static Optional<CheckpointManifest> written(Path checkpoint) throws IOException {
        Path file = checkpoint.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        try {
            CheckpointManifest manifest = Json.parse(bytes, CheckpointManifest.class);
            boolean whole =
                    manifest.files != null && Arrays.equals(bytes, Json.line(of(manifest.step, manifest.files)));
            return whole ? Optional.of(manifest) : Optional.empty();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** What is wrong with the checkpoint, naming the file; empty where it is whole. */
    static Optional<String> problem(Path checkpoint, int step) throws IOException {
        if (!Files.isRegularFile(checkpoint.resolve(NAME))) {
            return Optional.of(NAME + " is missing");
        }
        CheckpointManifest manifest = written(checkpoint).orElse(null);
        if (manifest == null) {
            return Optional.of(NAME + " is damaged");
        }
        if (manifest.step != step) {
            return Optional.of(NAME + " belongs to step " + manifest.step);
        }
        for (Map.Entry<String, Entry> entry : manifest.files.entrySet()) {
            Optional<String> problem = problem(checkpoint.resolve(entry.getKey()), entry.getKey(), entry.getValue());
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> problem(Path file, String name, Entry expected) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.of(name + " is missing");
        }
        long bytes = Files.size(file);
        if (bytes != expected.bytes) {
            return Optional.of(format("%s has %d bytes instead of %d", name, bytes, expected.bytes));
        }
        return hash(file).equals(expected) ? Optional.empty() : Optional.of(name + " does not match its SHA-256");
    }

    private static CheckpointManifest of(int step, Map<String, Entry> files) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("step", step);
        body.put("files", files);
        return new CheckpointManifest(
                step, files, Hashing.sha256().hashBytes(Json.line(body)).toString());
    }

    private static Entry hash(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file);
                HashingInputStream hashing = new HashingInputStream(Hashing.sha256(), stream)) {
            long bytes = ByteStreams.exhaust(hashing);
            return new Entry(bytes, hashing.hash().toString());
        }
    }
}
