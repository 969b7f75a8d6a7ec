package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.LockFile;
import org.align4j.core.hub.ModelFolder;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.verdict.Judgement.Measured;

/**
 * Reads a training run from its directory: how it stands, its options, figures, checkpoints and evidence. Reading changes nothing and takes no
 * lock, so a run at work can be read; each method reads its file again. {@link RunDirectory} is the directory in the hand of who writes it.
 *
 * @param path the run's directory
 */
public record Run(Path path) {
    /** The name of the page that a run's report is. */
    public static final String REPORT = "report.html";

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};

    /**
     * Opens a run for reading.
     *
     * @throws InputException where the directory is none of a run
     */
    public static Run open(Path directory) {
        if (!isOne(directory)) {
            throw new InputException(format(
                    "%s is no run directory: it has no %s; give the directory that --out named.",
                    directory, RunDirectory.CONFIG));
        }
        return new Run(directory);
    }

    /** Whether a directory is that of a run. */
    public static boolean isOne(Path directory) {
        return ModelFolder.isRun(directory);
    }

    /**
     * Finds the run of a directory: itself, or the one whose adapter, model or checkpoint it is; empty where it is of no run.
     *
     * @param given the name of a model or adapter
     */
    public static Optional<Run> of(String given) {
        try {
            Path folder =
                    given.isEmpty() ? null : Path.of(given).toAbsolutePath().normalize();
            for (int up = 0; up < 4 && folder != null; up++) {
                if (isOne(folder) && Files.isRegularFile(folder.resolve(RunDirectory.MANIFEST))) {
                    return Optional.of(new Run(folder));
                }
                folder = folder.getParent();
            }
        } catch (InvalidPathException noPath) {
            // A name on the hub may be none.
        }
        return Optional.empty();
    }

    /** Finds the run that a directory is a checkpoint of, whether that is there or not; empty where its name is no checkpoint's. */
    public static Optional<Run> ofCheckpoint(Path directory) {
        return ModelFolder.runOfCheckpoint(directory).map(Run::new);
    }

    /** Lists the runs in a folder, by name; folders in folders are not looked into. */
    public static List<Run> list(Path folder) {
        try {
            return Folders.list(folder).stream()
                    .filter(Run::isOne)
                    .sorted()
                    .map(Run::new)
                    .toList();
        } catch (IOException failed) {
            throw new InputException(format("%s can't be read: %s.", folder, FileFailure.reason(failed)), failed);
        }
    }

    /** Whether the run is at work, done, stopped or failed; one that was killed without a word counts as at work. */
    public RunResult.Status status() {
        return result().status();
    }

    /** Returns how the run stands and what it came to; where result.json is missing or damaged, by what else the run left. */
    public RunResult result() {
        try {
            return ResultFile.read(path);
        } catch (IOException failed) {
            throw unread(ResultFile.NAME, failed);
        }
    }

    /** Returns result.json as it is, or as {@link #result} has it. */
    public Map<String, Object> resultDocument() {
        try {
            return ResultFile.document(path);
        } catch (IOException failed) {
            throw unread(ResultFile.NAME, failed);
        }
    }

    private RunException unread(String name, IOException failed) {
        return new RunException(
                format("%s can't be read: %s.", path.resolve(name), FileFailure.reason(failed)), failed);
    }

    /** Returns every option as it was settled, by its name on the command line: texts, numbers, booleans, lists, maps or null. */
    public Map<String, Object> options() {
        return map(YAML, path.resolve(RunDirectory.CONFIG));
    }

    /**
     * Returns those options that a record has, in their types.
     *
     * @param type a record of options; what the run doesn't name has its default
     * @throws InputException where config.yaml can't be read or a value doesn't fit
     */
    public <O extends Record> O options(Class<O> type) {
        return OptionsYaml.readPart(path.resolve(RunDirectory.CONFIG), type);
    }

    /** Returns an option that is a number; empty where it is none. */
    public OptionalDouble number(String option) {
        return options().get(option) instanceof Number number
                ? OptionalDouble.of(number.doubleValue())
                : OptionalDouble.empty();
    }

    /** Returns an option that is set, as text; empty where it is null or {@code none}. */
    public Optional<String> text(String option) {
        return Optional.ofNullable(options().get(option)).map(String::valueOf).filter(text -> !text.equals("none"));
    }

    /** Returns versions, device, seed, hashes and row counts as they were when the run began, and what changed since; empty where none are. */
    public Map<String, Object> manifest() {
        return ModelFolder.manifestOf(path);
    }

    /** Returns what a manifest says under {@code hashes}, such as that of {@code data}; empty where it has none of that name. */
    public Optional<String> hash(String name) {
        return manifest().get("hashes") instanceof Map<?, ?> hashes
                ? Optional.ofNullable(hashes.get(name)).map(String::valueOf)
                : Optional.empty();
    }

    private static Map<String, Object> map(ObjectMapper mapper, Path file) {
        try {
            Map<String, Object> map = mapper.readValue(Files.readAllBytes(file), MAP);
            return map == null ? Map.of() : map;
        } catch (IOException failed) {
            String why = FileFailure.reason(failed).lines().findFirst().orElse("");
            throw new InputException(
                    format(
                            "%s can't be read: %s; a run writes it whole, so something else changed it: restore it.",
                            file, why),
                    failed);
        }
    }

    /** Returns the figures of all steps and evaluations so far. */
    public MetricHistory metrics() {
        return MetricsFile.history(path.resolve(RunDirectory.METRICS));
    }

    /** Returns what happened in the run, oldest first: without what a resumed run took again from its checkpoint. */
    public List<RunEvent.Recorded> events() {
        return EventsFile.read(path);
    }

    /** Returns the folder of each checkpoint by its step, oldest first; whether it is whole is known when it is loaded. */
    public Map<Integer, Path> checkpoints() {
        try {
            return new Checkpoints(RunPlace.of(path), RunBinding.of(Map.of())).oldestFirst();
        } catch (IOException failed) {
            throw unread(Checkpoints.FOLDER, failed);
        }
    }

    /** Returns the folder of each adapter that was kept without its checkpoint ({@code epoch-adapters}) by its step, oldest first. */
    public Map<Integer, Path> adapters() {
        try {
            Map<Integer, Path> found = new TreeMap<>();
            for (Path entry : Folders.list(path.resolve(EpochAdapters.FOLDER))) {
                CheckpointName.step(entry).ifPresent(step -> found.put(step, entry));
            }
            return found;
        } catch (IOException failed) {
            throw unread(EpochAdapters.FOLDER, failed);
        }
    }

    /** Returns the figures that the verdict on the run rests on; none before its end. */
    public List<Measured> evidence() {
        return Optional.ofNullable(result().evidence()).orElse(List.of());
    }

    /** Returns the process that trains the run now, where it lives on this machine; empty where nobody does. */
    public Optional<ProcessHandle> trainer() {
        return LockFile.holder(path.resolve(RunLock.NAME));
    }

    /** Returns the run's page, where one was written. */
    public Optional<Path> report() {
        return Optional.of(path.resolve(REPORT)).filter(Files::isRegularFile);
    }

    /**
     * Reads a JSON file that the run or its method left, such as {@code samples.json}.
     *
     * @param name within the directory
     * @param type what it holds: a record, or a list of records
     * @return empty where it isn't there
     * @throws InputException where it holds something else
     */
    public <T> Optional<T> read(String name, TypeReference<T> type) throws IOException {
        Path file = path.resolve(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            T value = Json.PLAIN.readValue(Files.readAllBytes(file), type);
            if (value instanceof List<?> list && list.contains(null)) {
                throw new InputException(
                        file + " has an entry that is null, which no run writes; remove the file and the"
                                + " report leaves it out.");
            }
            return Optional.ofNullable(value);
        } catch (JacksonException | CharConversionException e) {
            throw new InputException(file + " is no file of this program ("
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
                    + "); remove it and the report leaves it out.");
        }
    }
}
