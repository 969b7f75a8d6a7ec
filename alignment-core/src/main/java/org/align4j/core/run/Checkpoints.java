package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import com.fasterxml.jackson.core.JacksonException;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;
import org.align4j.core.files.Saved;
import org.align4j.core.run.RunBinding.SettledOptions;
import org.align4j.core.run.RunResult.RunState;
import org.jspecify.annotations.Nullable;

/**
 * The whole states of a run: {@code checkpoints/step-000100/} each. A checkpoint appears by one rename when all of it
 * is on disk, carries the hashes of its files, and is deleted only after a newer one stands; so whatever happens, the
 * newest that {@link #newestWhole()} finds can be gone on from.
 *
 * <p>Links are never followed, neither in the place of the folder nor of a checkpoint. What is replaced or deleted was written by this run
 * ({@link CheckpointOrigin#isOf}); anything else that has a checkpoint's name is renamed or left alone.
 */
public final class Checkpoints {
    /** The folder of checkpoints in a run's directory. */
    static final String FOLDER = "checkpoints";

    private static final String STATE = "state.json";

    private final Path directory;
    private final RunBinding binding;
    private final RunPlace place;

    /**
     * The checkpoints of one run.
     *
     * @param place of the run; {@code checkpoints} in it need not exist yet
     * @param binding what they must carry
     */
    Checkpoints(RunPlace place, RunBinding binding) {
        this.directory = place.path().resolve(FOLDER);
        this.place = place;
        this.binding = binding;
    }

    /**
     * A checkpoint whose every file has the size and hash it was written with.
     *
     * @param directory where it stands
     * @param state what it remembers besides its parts
     * @param damaged newer checkpoints that aren't whole, each with what is wrong, newest first
     */
    public record Whole(Path directory, RunState state, Map<Path, String> damaged) {}

    /**
     * Writes the state after a step; on disk when this returns.
     *
     * @return the checkpoint's directory
     * @throws RunException if it can't be written; earlier checkpoints are untouched
     */
    public Path save(RunState state, List<? extends Saved> parts) {
        Path checkpoint = directory.resolve(CheckpointName.of(state.step()));
        try {
            Folders.makeOwn(directory);
            makeRoom(checkpoint);
            AtomicDirectory.replace(checkpoint, aside -> {
                for (Saved part : parts) {
                    part.save(aside);
                }
                FreshFile.write(aside.resolve(STATE), Json.document(state));
                CheckpointOrigin.write(aside, binding);
                CheckpointManifest.write(aside, state.step());
                place.require();
            });
            deleteNamesake(checkpoint, state.step());
            return checkpoint;
        } catch (RuntimeException failed) {
            place.require();
            throw failed;
        } catch (IOException failed) {
            place.require();
            throw new RunException(
                    format(
                            "Checkpoint %s could not be written: %s. %s",
                            checkpoint, FileFailure.reason(failed), remainingCheckpoints()),
                    failed);
        }
    }

    /**
     * Returns the newest checkpoint that is whole, or null where there is none at all.
     *
     * @throws RunException if there are checkpoints but each is damaged
     * @throws InputException as of {@link #requireOwn}
     */
    public @Nullable Whole newestWhole() {
        requireOwn();
        Map<Path, String> damaged = new LinkedHashMap<>();
        Whole whole = newestWhole(Integer.MAX_VALUE, damaged);
        if (whole == null && !damaged.isEmpty()) {
            throw new RunException(format(
                    "No checkpoint in %s is whole (%s); put one back, or delete them to begin again at step 0.",
                    directory, describe(damaged)));
        }
        return whole;
    }

    /** Returns the newest whole checkpoint of an earlier step, or null where there is none. */
    public @Nullable Whole newestWholeBefore(int step) {
        return newestWhole(step, new LinkedHashMap<>());
    }

    private @Nullable Whole newestWhole(int before, Map<Path, String> damaged) {
        try {
            for (Map.Entry<Integer, Path> entry : byStep().entrySet()) {
                if (entry.getKey() >= before) {
                    continue;
                }
                Path checkpoint = entry.getValue();
                String problem =
                        CheckpointManifest.problem(checkpoint, entry.getKey()).orElse(null);
                if (problem == null) {
                    byte[] state = Files.readAllBytes(checkpoint.resolve(STATE));
                    return new Whole(checkpoint, Json.parse(state, RunState.class), damaged);
                }
                damaged.put(checkpoint, problem);
            }
            return null;
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", directory, FileFailure.reason(failed)), failed);
        }
    }

    /**
     * Looks at whose the checkpoints are; reads no more than their small files.
     *
     * @throws InputException naming one that another run wrote, or that is a link
     */
    public void requireOwn() {
        try {
            Folders.requireOwn(directory);
            for (Path entry : Folders.list(directory)) {
                if (CheckpointName.step(entry).isPresent() && Files.isSymbolicLink(entry)) {
                    throw new InputException(format(
                            "Checkpoint %s is a link, which is not followed; put the folder itself in its place, or remove the link.",
                            entry));
                }
            }
            for (Path checkpoint : byStep().values()) {
                CheckpointOrigin.requireOf(checkpoint, binding);
            }
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", directory, FileFailure.reason(failed)), failed);
        }
    }

    /**
     * Returns the options that the newest checkpoint was written under; those the run was begun with where there is none.
     */
    public SettledOptions newestOptions() {
        try {
            for (Path checkpoint : byStep().values()) {
                RunOrigin origin = CheckpointOrigin.read(checkpoint);
                if (origin != null && origin.isWhole()) {
                    return origin.settled();
                }
            }
            return binding.begunWith();
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", directory, FileFailure.reason(failed)), failed);
        }
    }

    /** Returns what the newest checkpoint that can be read remembers, its hashes unseen; the start where there is none. */
    RunState newestState() throws IOException {
        for (Path checkpoint : byStep().values()) {
            try {
                return Json.parse(Files.readAllBytes(checkpoint.resolve(STATE)), RunState.class);
            } catch (JacksonException | CharConversionException | NoSuchFileException damaged) {
                // An older one tells.
            }
        }
        return RunState.START;
    }

    /** Renames the checkpoint after a step, where there is one, so that it no longer counts. */
    public void setAside(int step, String prefix) {
        try {
            Path checkpoint = byStep().get(step);
            if (checkpoint != null) {
                setAside(checkpoint, prefix);
            }
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", directory, FileFailure.reason(failed)), failed);
        }
    }

    /** Renames what has the name of the checkpoint to be written but isn't of this run. */
    private void makeRoom(Path checkpoint) throws IOException {
        if (Files.exists(checkpoint, LinkOption.NOFOLLOW_LINKS) && !CheckpointOrigin.isOf(checkpoint, binding)) {
            setAside(checkpoint, "foreign-");
        }
    }

    /** Deletes a checkpoint of the step that is under a name in other digits: the one just written replaces it. */
    private void deleteNamesake(Path written, int step) throws IOException {
        for (Path entry : Folders.list(directory)) {
            boolean other = !String.valueOf(entry.getFileName()).equals(String.valueOf(written.getFileName()));
            if (other && CheckpointName.step(entry).orElse(-1) == step && CheckpointOrigin.isOf(entry, binding)) {
                AtomicDirectory.delete(entry);
            }
        }
    }

    /**
     * Renames a checkpoint, so that it neither counts nor is overwritten: {@code damaged-step-000100}.
     *
     * @return where it is now; a number follows where something had that name
     */
    public Path setAside(Path checkpoint, String prefix) {
        try {
            String name = prefix + checkpoint.getFileName();
            Path free = checkpoint.resolveSibling(name);
            for (int next = 2; Files.exists(free, LinkOption.NOFOLLOW_LINKS); next++) {
                free = checkpoint.resolveSibling(format("%s-%d", name, next));
            }
            AtomicDirectory.rename(checkpoint, free);
            return free;
        } catch (IOException failed) {
            throw new RunException(
                    format("%s could not be renamed: %s.", checkpoint, FileFailure.reason(failed)), failed);
        }
    }

    /**
     * Deletes older checkpoints of this run; call it only after a newer one was saved. What this run didn't write, or what is too damaged
     * to tell, stays and doesn't count.
     *
     * @param keep how many of the newest stay, at least 1
     * @param stays the steps of others that stay
     * @return what stays because this run didn't write it
     */
    public List<Path> retain(int keep, IntPredicate stays) {
        int newer = 0;
        List<Path> foreign = new ArrayList<>();
        try {
            for (Map.Entry<Integer, Path> entry : byStep().entrySet()) {
                if (!CheckpointOrigin.isOf(entry.getValue(), binding)) {
                    foreign.add(entry.getValue());
                } else if (newer++ >= keep && !stays.test(entry.getKey())) {
                    AtomicDirectory.delete(entry.getValue());
                }
            }
            return foreign;
        } catch (IOException failed) {
            throw new RunException(
                    format(
                            "An old checkpoint in %s could not be deleted: %s. %s",
                            directory, FileFailure.reason(failed), remainingCheckpoints()),
                    failed);
        }
    }

    /** Returns the steps that have a checkpoint, whole or damaged, oldest first. */
    public List<Integer> steps() {
        try {
            return List.copyOf(oldestFirst().keySet());
        } catch (IOException failed) {
            throw new RunException(format("%s could not be read: %s.", directory, FileFailure.reason(failed)), failed);
        }
    }

    /** Returns the folder of each checkpoint, whole or damaged, by its step. */
    Map<Integer, Path> oldestFirst() throws IOException {
        return new TreeMap<>(byStep());
    }

    /** Newest first; of two names of one step the one in plain digits, which comes first in the list. */
    private Map<Integer, Path> byStep() throws IOException {
        Map<Integer, Path> found = new TreeMap<>(Comparator.reverseOrder());
        Folders.requireOwn(directory);
        for (Path entry : Folders.list(directory)) {
            OptionalInt step = CheckpointName.step(entry);
            if (step.isPresent() && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                found.putIfAbsent(step.getAsInt(), entry);
            }
        }
        return found;
    }

    private String remainingCheckpoints() {
        try {
            return byStep().values().stream()
                    .findFirst()
                    .map(newest -> format(
                            "The last checkpoint, %s, is untouched; fix the disk and resume the run.",
                            newest.getFileName()))
                    .orElse("There is no earlier checkpoint; fix the disk and resume the run from step 0.");
        } catch (IOException failed) {
            return "Fix the disk and resume the run.";
        }
    }

    private static String describe(Map<Path, String> damaged) {
        List<String> words = new ArrayList<>();
        damaged.forEach((path, problem) -> words.add(path.getFileName() + ": " + problem));
        return String.join("; ", words);
    }
}
