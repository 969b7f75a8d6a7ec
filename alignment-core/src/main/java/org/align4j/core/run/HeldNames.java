package org.align4j.core.run;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;

/**
 * The names in a run's directory that the process with the run's lock alone writes. Processes without it write there too (a report's
 * page, answers, a merged model), so that what a killed process left on its way is cleared away under these names only. What is on its
 * way to another one may be a living process's, counts for nothing and stays.
 */
public final class HeldNames {
    private static final Set<String> OWN = Set.of(
            "adapter",
            "answers.json",
            "cluster.json",
            "completions.json",
            "eval-reward.json",
            "evaluation.json",
            "guard-tasks.json",
            "model",
            "relations.json",
            "rows.json",
            "samples.json",
            "scores.json",
            "screening.json",
            "steps.json",
            "warnings.json",
            "worked-pair.json",
            Attempts.NAME,
            ResultFile.NAME,
            RunDirectory.CONFIG,
            RunDirectory.MANIFEST);

    private static final List<String> FOLDERS = List.of(Checkpoints.FOLDER, EpochAdapters.FOLDER, "tensorboard");

    private HeldNames() {}

    /**
     * Asks that a file or folder is among them, before it is written.
     *
     * @return the name
     * @throws IllegalArgumentException where it isn't
     */
    public static String require(String name) {
        if (!OWN.contains(name)) {
            throw new IllegalArgumentException(
                    name
                            + " is no name of HeldNames; add it there, so that the next process clears away what a kill leaves of it.");
        }
        return name;
    }

    /**
     * Clears away what killed processes left on its way in a run that this process holds.
     *
     * @throws IOException as of {@link #requireFolders}; nothing is changed
     */
    static void sweep(Path run) throws IOException {
        requireFolders(run);
        AtomicDirectory.sweep(run, OWN::contains);
        AtomicDirectory.sweep(run.resolve(Checkpoints.FOLDER), name -> true);
        AtomicDirectory.sweep(run.resolve(EpochAdapters.FOLDER), name -> true);
    }

    /**
     * Asks that the folders that a run writes into are folders.
     *
     * @throws IOException if a link has the name of one of them
     */
    static void requireFolders(Path run) throws IOException {
        for (String folder : FOLDERS) {
            Folders.requireOwn(run.resolve(folder));
        }
    }

    /**
     * How often a run failed after it had gone on from its newest checkpoint ({@code attempts.json}). Two failures of what a checkpoint
     * leads to, not of disk, memory or options, say that something is wrong in it though its hashes are right.
     *
     * @param step of the checkpoint
     * @param failures since it was written
     */
    public record Attempts(int step, int failures) {
        /** The file's name in the run directory. */
        public static final String NAME = "attempts.json";

        private static final Attempts NONE = new Attempts(0, 0);
        private static final int MOST = 2;

        /** Reads those of a run; none where the file is missing or damaged. */
        public static Attempts of(Path run) {
            Path file = run.resolve(NAME);
            try {
                return Files.isRegularFile(file) ? Json.parse(Files.readAllBytes(file), Attempts.class) : NONE;
            } catch (IOException damaged) {
                return NONE;
            }
        }

        /**
         * Whether a failure counts: neither disk nor memory nor what a person gave is to blame, nor what a run asks of others, a reward or
         * a cluster, whose failures are reported by a {@link RunException} of their own.
         */
        public static boolean counts(Throwable failure) {
            boolean ofState = !(failure instanceof RunException) || failure instanceof NotFiniteException;
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                boolean ofContent = cause instanceof JacksonException;
                ofState |= ofContent;
                if ((cause instanceof IOException && !ofContent)
                        || cause instanceof MemoryException
                        || cause instanceof OutOfMemoryError
                        || cause instanceof InputException) {
                    return false;
                }
            }
            return ofState;
        }

        /** Returns these after one more failure from the checkpoint of a step. */
        public Attempts afterFailure(int from) {
            return new Attempts(from, from == step ? failures + 1 : 1);
        }

        /** Whether the checkpoint of a step has failed so often that the one before is taken. */
        public boolean areTooMany(int from) {
            return from == step && failures >= MOST;
        }
    }
}
