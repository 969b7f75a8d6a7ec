package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Folders;
import org.align4j.core.files.OutputFile;
import org.align4j.core.run.RunBinding.SettledOptions;
import org.align4j.core.stop.Control;
import org.align4j.core.stop.StopSignal;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one training run, held by one process at a time: {@code config.yaml}, {@code manifest.json},
 * {@code result.json}, {@code metrics.jsonl}, {@code checkpoints/} and, on completion, {@code adapter/} or
 * {@code model/}. Every file is whole whenever the process is killed.
 */
public final class RunDirectory implements AutoCloseable {
    static final String CONFIG = "config.yaml";
    static final String MANIFEST = "manifest.json";
    private static final String NOT_FINITE = "not_finite";
    static final String METRICS = "metrics.jsonl";

    private final Path path;
    private final RunLock lock;
    private final RunPlace place;
    private final RunBinding binding;
    private final Optional<String> leftControl;
    private @Nullable String lengthened;

    private RunDirectory(RunPlace place, RunLock lock, RunBinding binding) {
        this.path = place.path();
        this.place = place;
        this.lock = lock;
        this.binding = binding;
        this.leftControl = leftIn(path);
        StopSignal.goOnWith("align resume " + path);
    }

    /** Writes a directory that appears when it is complete. */
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
        NewDirectory.require(path);
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
            Folders.make(OutputFile.folderBehindLinks(path));
            RunBinding binding = RunBinding.begin(SettledOptions.ofYaml(config));
            return begin(new RunDirectory(RunPlace.of(path), lockAnew(path), binding), config, manifest);
        } catch (IOException failed) {
            throw new InputException(
                    format("out is %s, which can't be written: %s.", path, FileFailure.reason(failed)), failed);
        }
    }

    /** Locks what is still new or empty: another process may have begun a run there since that was asked. */
    private static RunLock lockAnew(Path path) throws IOException {
        RunLock lock = RunLock.take(path);
        try {
            requireNewOrEmpty(path);
            return lock;
        } catch (InputException begun) {
            lock.close();
            throw begun;
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
            return open(path, RunLock.take(path));
        } catch (IOException failed) {
            throw new InputException(format("%s can't be written: %s.", path, FileFailure.reason(failed)), failed);
        }
    }

    private static RunDirectory open(Path path, RunLock lock) throws IOException {
        try {
            HeldNames.sweep(path);
            if (ResultFile.isDamaged(path)) {
                AtomicFile.write(path.resolve(ResultFile.NAME), Json.document(ResultFile.document(path)));
            }
            return new RunDirectory(RunPlace.of(path), lock, RunBinding.of(new Run(path).manifest()));
        } catch (IOException | RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    /** Returns the path of the run directory. */
    public Path path() {
        return path;
    }

    /** Returns whether the directory still is under its name. */
    public boolean isInPlace() {
        return place.isHere();
    }

    /**
     * Asks that before anything is written by name, which would begin another directory.
     *
     * @throws RunException if it was moved, deleted or replaced; nothing more is written
     */
    public void requireInPlace() {
        place.require();
    }

    private static Optional<String> leftIn(Path run) {
        try {
            return Control.discard(run, Folders::deleteIfThere);
        } catch (IOException unreadable) {
            return Optional.empty(); // who looks at it while the run trains says so
        }
    }

    /** Returns what stood in the run's file {@link Control#FILE} before it was taken in hand, which nobody obeys; empty where there was none. */
    public Optional<String> leftControl() {
        return leftControl;
    }

    /** Returns the checkpoints of this run. */
    public Checkpoints checkpoints() {
        requireInPlace();
        return new Checkpoints(place, binding);
    }

    /** Returns what ties the run to its options and checkpoints. */
    public RunBinding binding() {
        return binding;
    }

    /** Returns where the figures of every step stand. */
    public Path metricsFile() {
        return path.resolve(METRICS);
    }

    /** Returns the file in which every option stands as it was resolved. */
    public Path configFile() {
        return path.resolve(CONFIG);
    }

    /** Takes the options of a run that goes further; {@link #continueFrom} writes them. */
    public void lengthen(String config) {
        lengthened = config;
    }

    /**
     * Writes what changed in the run before it goes on: accepted changes to the manifest, a new length to the options.
     *
     * @param step optimizer steps done
     */
    public void continueFrom(int step) {
        if (binding.hasChanges()) {
            writeJson(MANIFEST, binding.recordIn(manifest(), step, Instant.now()));
        }
        if (lengthened != null) {
            try {
                AtomicFile.write(path.resolve(CONFIG), lengthened.getBytes(StandardCharsets.UTF_8));
                lengthened = null;
            } catch (IOException failed) {
                throw failure(CONFIG, failed);
            }
        }
    }

    /** Writes what was not finite into the manifest, unless that says so already. */
    public void record(LeftOut leftOut) {
        Map<String, Object> manifest = manifest();
        Object steps = Json.MAPPER.convertValue(leftOut.steps(), Object.class);
        if (!steps.equals(manifest.getOrDefault(NOT_FINITE, List.of()))) {
            manifest.put(NOT_FINITE, steps);
            writeJson(MANIFEST, manifest);
        }
    }

    /** Versions, device, seed, hashes, row counts as they were when the run began, and what changed since. */
    public Map<String, Object> manifest() {
        return new Run(path).manifest();
    }

    /** Reads how the run stands; a run that was killed before its first word is running at step 0. */
    public RunResult result() {
        return new Run(path).result();
    }

    /** Writes how the run stands. */
    public void write(RunResult result) {
        writeJson(ResultFile.NAME, result);
        if (result.status() == RunResult.Status.DONE) {
            StopSignal.goOnWith(null);
        }
    }

    /** Writes or replaces a JSON document next to the others: records, maps, lists. */
    public void writeJson(String name, Object document) {
        requireInPlace();
        try {
            AtomicFile.write(path.resolve(HeldNames.require(name)), Json.document(document));
        } catch (IOException failed) {
            throw failure(name, failed);
        }
    }

    /** Writes a directory of the run that appears, or replaces its former self, when it is complete: {@code adapter}. */
    public void publish(String name, Content content) {
        requireInPlace();
        try {
            AtomicDirectory.replace(path.resolve(HeldNames.require(name)), aside -> {
                content.write(aside);
                requireInPlace();
            });
        } catch (RuntimeException failed) {
            requireInPlace();
            throw failed;
        } catch (IOException failed) {
            throw failure(name, failed);
        }
    }

    /** Removes a directory of the run where it is there: the adapter of a run that goes on. */
    public void remove(String name) {
        requireInPlace();
        try {
            AtomicDirectory.delete(path.resolve(name));
        } catch (IOException failed) {
            throw failure(name, failed);
        }
    }

    /** Lets other processes have the run. */
    @Override
    public void close() {
        StopSignal.goOnWith(null);
        lock.close();
    }

    /** The options come last: a directory without them is no run yet and may be begun again. */
    private static RunDirectory begin(RunDirectory run, String config, Map<String, ?> manifest) throws IOException {
        try {
            HeldNames.sweep(run.path);
            AtomicFile.write(
                    run.path.resolve(MANIFEST), Json.document(run.binding.recordIn(manifest, 0, Instant.now())));
            AtomicFile.write(run.path.resolve(CONFIG), config.getBytes(StandardCharsets.UTF_8));
            return run;
        } catch (IOException | RuntimeException failed) {
            run.close();
            throw failed;
        }
    }

    private RunException failure(String name, IOException failed) {
        requireInPlace();
        return new RunException(
                format(
                        "%s could not be written: %s. The last checkpoint is untouched; fix the disk and resume the run.",
                        path.resolve(name), FileFailure.reason(failed)),
                failed);
    }
}
