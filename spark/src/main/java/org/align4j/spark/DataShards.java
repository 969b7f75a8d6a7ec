package org.align4j.spark;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Json;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Files of rows as executors read and write them. Names without a scheme, or with {@code file:}, are files that all machines have under the
 * same path; others are asked of Hadoop's file systems, and copied to the executor that reads them, as long as it reads.
 */
final class DataShards {
    private static final String DONE = "_SUCCESS";
    private static final String ASIDE = "_temporary";
    static final String MANIFEST = "manifest.json";

    private DataShards() {}

    /**
     * Finds the files that names and globs stand for, those of one glob by name.
     *
     * @throws InputException where one leads to no file
     */
    static List<String> resolve(String option, List<String> names, Configuration hadoop) {
        List<String> files = new ArrayList<>();
        for (String name : names) {
            String asked = name.strip();
            if (isElsewhere(asked)) {
                files.addAll(elsewhere(option, asked, hadoop));
            } else {
                String local = asked.startsWith("file:") ? asked.replaceFirst("^file:/*", "/") : asked;
                DataFiles.resolve(option, List.of(local)).forEach(file -> files.add(file.toString()));
            }
        }
        for (int i = 0; i < files.size(); i++) {
            if (files.indexOf(files.get(i)) < i) {
                throw new InputException(option + " names " + files.get(i) + " twice; name it once.");
            }
        }
        return List.copyOf(files);
    }

    private static boolean isElsewhere(String name) {
        return name.matches("[a-z][a-z0-9+.-]+:/.*") && !name.startsWith("file:");
    }

    private static List<String> elsewhere(String option, String name, Configuration hadoop) {
        try {
            org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(name);
            FileStatus[] found = path.getFileSystem(hadoop).globStatus(path);
            List<String> files = Arrays.stream(found == null ? new FileStatus[0] : found)
                    .filter(FileStatus::isFile)
                    .map(status -> status.getPath().toString())
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new InputException(option + " names " + name + " but there is no such file.");
            }
            return files;
        } catch (IOException e) {
            throw new InputException(
                    option + " names " + name + ", which Hadoop's file systems can't list: " + FileFailure.reason(e)
                            + "; add the jars of that file system to Spark's, or copy the files.",
                    e);
        }
    }

    /**
     * A shard as a file of this machine.
     *
     * @param path where it is
     * @param copied whether it is a copy, which goes when it has been read
     */
    record Local(Path path, boolean copied) implements AutoCloseable {
        /** Finds a shard, or copies it. */
        static Local of(String name, SerializableConfiguration hadoop) {
            if (!isElsewhere(name)) {
                return new Local(Path.of(name), false);
            }
            org.apache.hadoop.fs.Path there = new org.apache.hadoop.fs.Path(name);
            try {
                Path folder = Files.createTempDirectory("align4j-shard");
                Path copy = folder.resolve(there.getName());
                FileSystem system = there.getFileSystem(hadoop.value());
                try (var in = system.open(there)) {
                    Files.copy(in, copy);
                }
                return new Local(copy, true);
            } catch (IOException e) {
                throw new RunException(name + " can't be read: " + FileFailure.reason(e) + "; see its file system.", e);
            }
        }

        @Override
        public void close() {
            if (copied) {
                try {
                    Files.deleteIfExists(path);
                    Path folder = path.getParent();
                    if (folder != null) {
                        Files.deleteIfExists(folder);
                    }
                } catch (IOException e) {
                    throw new RunException(path + " can't be deleted: " + FileFailure.reason(e) + ".", e);
                }
            }
        }
    }

    /**
     * A shard that was written.
     *
     * @param file its name in the folder
     * @param rows its lines
     * @param sha256 the hash of its bytes
     */
    record Written(String file, long rows, String sha256) implements Serializable {}

    /**
     * Writes lines as shards, one for each partition that has some, with a manifest; {@code _SUCCESS} comes last. A task that is taken again
     * replaces what it wrote.
     *
     * @param folder new or empty, and shared by all machines
     * @return the number of lines
     */
    static long write(JavaRDD<String> lines, Path folder) throws IOException {
        String place = folder.toAbsolutePath().toString();
        Files.createDirectories(folder.resolve(ASIDE));
        List<Written> written = lines.mapPartitionsWithIndex(
                        (index, rows) -> writeShard(Path.of(place), index, rows), false)
                .collect();
        return finish(folder, written);
    }

    /** Writes one shard from within a task; returns it, or nothing where it has no line. */
    static Iterator<Written> writeShard(Path folder, int index, Iterator<String> lines) throws IOException {
        try (ShardWriter writer = new ShardWriter(folder, index)) {
            while (lines.hasNext()) {
                writer.add((lines.next() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            Written written = writer.finish();
            return written == null
                    ? List.<Written>of().iterator()
                    : List.of(written).iterator();
        }
    }

    /** Writes a shard beside its folder's others; it is there once it is finished. */
    static final class ShardWriter implements AutoCloseable {
        private final Path folder;
        private final String name;
        private final Path aside;
        private @Nullable HashingOutputStream hashed;
        private @Nullable OutputStream out;
        private long rows;

        /** @param index the place of the shard among others */
        ShardWriter(Path folder, int index) {
            this.folder = folder;
            this.name = format("part-%05d.jsonl", index);
            this.aside =
                    folder.resolve(ASIDE).resolve(name + "." + TaskContext.get().taskAttemptId());
        }

        /** Adds a line, with its end. */
        void add(byte[] line) {
            try {
                if (out == null) {
                    Files.createDirectories(folder.resolve(ASIDE));
                    hashed = new HashingOutputStream(Hashing.sha256(), Files.newOutputStream(aside));
                    out = new BufferedOutputStream(hashed, 1 << 16);
                }
                out.write(line);
                rows++;
            } catch (IOException e) {
                throw failed(e);
            }
        }

        private RunException failed(IOException e) {
            return new RunException(
                    aside + " can't be written: " + FileFailure.reason(e)
                            + "; all machines need the folder under this path, and free space there.",
                    e);
        }

        /** Puts the shard in its place; null where it has no line. */
        @Nullable
        Written finish() {
            HashingOutputStream whole = hashed;
            if (whole == null) {
                return null;
            }
            try {
                close();
                Files.move(
                        aside,
                        folder.resolve(name),
                        StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw failed(e);
            }
            return new Written(name, rows, whole.hash().toString());
        }

        @Override
        public void close() throws IOException {
            if (out != null) {
                out.close();
                out = null;
            }
        }
    }

    /** Writes the manifest, clears away what lost tasks left, and says that all is there. */
    static long finish(Path folder, List<Written> written) throws IOException {
        List<Written> shards =
                written.stream().sorted(Comparator.comparing(Written::file)).toList();
        long rows = shards.stream().mapToLong(Written::rows).sum();
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("rows", rows);
        manifest.put("shards", shards);
        FreshFile.write(folder.resolve(MANIFEST), Json.indented(manifest).getBytes(StandardCharsets.UTF_8));
        clear(folder.resolve(ASIDE));
        FreshFile.write(folder.resolve(DONE), new byte[0]);
        return rows;
    }

    /**
     * Empties a folder of the shards that an earlier writing left there, whole or broken off.
     *
     * @throws InputException where it has anything else, before anything is deleted
     */
    static void replace(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> foreign = files.filter(file -> !String.valueOf(file.getFileName())
                            .matches("part-\\d+\\.jsonl|" + DONE + "|" + MANIFEST + "|" + ASIDE))
                    .findFirst();
            if (foreign.isPresent()) {
                throw new InputException(
                        "out has a folder " + folder + " with " + foreign.get().getFileName()
                                + ", which is no shard and would be deleted; give another folder.");
            }
        }
        clear(folder);
    }

    /** Deletes a folder with all that is in it. */
    static void clear(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
