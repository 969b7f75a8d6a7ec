package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.OutputFile;

/**
 * The directory of one training run, held by one process at a time: {@code config.yaml}, {@code manifest.json},
 * {@code result.json}, {@code metrics.jsonl}, {@code checkpoints/} and, on completion, {@code adapter/} or
 * {@code model/}. Every file is whole whenever the process is killed.
 */
public final class RunDirectory implements AutoCloseable {
    private static final String CONFIG = "config.yaml";
    private static final String MANIFEST = "manifest.json";
    private static final String RESULT = "result.json";
    private static final String METRICS = "metrics.jsonl";
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};

    private final Path path;
    private final RunLock lock;

    private RunDirectory(Path path, RunLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /** What writes a directory that appears when it is complete. */
    public interface Content {
        /** Writes into a directory that exists and is empty; needs no fsync and no temporary names. */
        void write(Path directory) throws IOException;
    }

    /**
     * Refuses a directory that holds anything. Ask before any work is done, so that nothing is lost.
     *
     * @throws InputException if something is there
     */
    public static void requireNewOrEmpty(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.isDirectory(path)) {
            throw new InputException(format("out is %s, which is a file; give a new or empty directory.", path));
        }
        try {
            if (Files.exists(path.resolve(CONFIG))) {
                throw new InputException(format(
                        "out is %s, which holds a run already; give a new or empty directory, or continue that run with: align resume %s",
                        path, path));
            }
            for (Path entry : DurableFiles.list(path)) {
                if (!DurableFiles.isAside(entry)
                        && !Set.of(RunLock.NAME, MANIFEST).contains(name(entry))) {
                    throw new InputException(format(
                            "out is %s, which is not empty (%s); give a new or empty directory.", path, name(entry)));
                }
            }
        } catch (IOException failed) {
            throw new InputException(
                    format("out is %s, which can't be read: %s.", path, DurableFiles.reason(failed)), failed);
        }
    }

    /**
     * Begins a run.
     *
     * @param path new or empty
     * @param config YAML: every option as resolved, by its name
     * @param manifest versions, device, seed, hashes, row counts; {@code command} names the method
     * @throws InputException if something is there or nothing can be written there
     */
    public static RunDirectory create(Path path, String config, Map<String, ?> manifest) {
        requireNewOrEmpty(path);
        try {
            Files.createDirectories(OutputFile.folderBehindLinks(path));
            return begin(new RunDirectory(path, RunLock.take(path)), config, manifest);
        } catch (IOException failed) {
            throw new InputException(
                    format("out is %s, which can't be written: %s.", path, DurableFiles.reason(failed)), failed);
        }
    }

    /**
     * Takes an existing run in hand, to continue it.
     *
     * @throws InputException if this is no run, or another process works on it
     */
    public static RunDirectory open(Path path) {
        if (!Files.isRegularFile(path.resolve(CONFIG)) || !Files.isRegularFile(path.resolve(MANIFEST))) {
            throw new InputException(
                    format("%s is no run directory: it has no %s; give the directory that --out named.", path, CONFIG));
        }
        try {
            RunLock lock = RunLock.take(path);
            DurableFiles.sweep(path);
            DurableFiles.sweep(path.resolve("checkpoints"));
            return new RunDirectory(path, lock);
        } catch (IOException failed) {
            throw new InputException(format("%s can't be written: %s.", path, DurableFiles.reason(failed)), failed);
        }
    }

    /** Where it stands. */
    public Path path() {
        return path;
    }

    /** The checkpoints of this run. */
    public Checkpoints checkpoints() {
        return new Checkpoints(path.resolve("checkpoints"));
    }

    /** Where the figures of every step stand. */
    public Path metricsFile() {
        return path.resolve(METRICS);
    }

    /** Where every option stands as it was resolved. */
    public Path configFile() {
        return path.resolve(CONFIG);
    }

    /** Writes the options anew: a resumed run may go further. */
    public void writeConfig(String config) {
        try {
            DurableFiles.write(path.resolve(CONFIG), config.getBytes(StandardCharsets.UTF_8));
        } catch (IOException failed) {
            throw failure(CONFIG, failed);
        }
    }

    /** Versions, device, seed, hashes, row counts as they were when the run began. */
    public Map<String, Object> manifest() {
        Path file = path.resolve(MANIFEST);
        try {
            return Json.MAPPER.readValue(file.toFile(), MAP);
        } catch (IOException failed) {
            throw new InputException(format("%s can't be read: %s.", file, DurableFiles.reason(failed)), failed);
        }
    }

    /** How the run stands; a run that was killed before its first word is running at step 0. */
    public RunResult result() {
        Path file = path.resolve(RESULT);
        try {
            return Files.exists(file) ? Json.parse(Files.readAllBytes(file), RunResult.class) : RunResult.start(0);
        } catch (IOException failed) {
            throw new RunException(format("%s can't be read: %s.", file, DurableFiles.reason(failed)), failed);
        }
    }

    /** Writes how the run stands. */
    public void write(RunResult result) {
        writeJson(RESULT, result);
    }

    /** Writes or replaces a JSON document beside the others: records, maps, lists. */
    public void writeJson(String name, Object document) {
        try {
            DurableFiles.write(path.resolve(name), Json.document(document));
        } catch (IOException failed) {
            throw failure(name, failed);
        }
    }

    /** Writes a directory of the run that appears, or replaces its former self, when it is complete: {@code adapter}. */
    public void publish(String name, Content content) {
        try {
            DurableFiles.publish(path.resolve(name), content::write);
        } catch (IOException failed) {
            throw failure(name, failed);
        }
    }

    /** Removes a directory of the run where it is there: the adapter of a run that goes on. */
    public void remove(String name) {
        try {
            DurableFiles.delete(path.resolve(name));
        } catch (IOException failed) {
            throw failure(name, failed);
        }
    }

    /** Lets other processes have the run. */
    @Override
    public void close() {
        lock.close();
    }

    /** The options come last: a directory without them is no run yet and may be begun again. */
    private static RunDirectory begin(RunDirectory run, String config, Map<String, ?> manifest) throws IOException {
        try {
            DurableFiles.write(run.path.resolve(MANIFEST), Json.document(manifest));
            DurableFiles.write(run.path.resolve(CONFIG), config.getBytes(StandardCharsets.UTF_8));
            return run;
        } catch (IOException | RuntimeException failed) {
            run.close();
            throw failed;
        }
    }

    private RunException failure(String name, IOException failed) {
        return new RunException(
                format(
                        "%s could not be written: %s. The last checkpoint is untouched; mend the disk and resume the run.",
                        path.resolve(name), DurableFiles.reason(failed)),
                failed);
    }

    private static String name(Path entry) {
        return String.valueOf(entry.getFileName());
    }
}
