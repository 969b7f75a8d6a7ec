package org.align4j.core.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;

/**
 * The names in a run's directory that the process with the run's lock alone writes. Processes without it write there too (a report's
 * page, answers, a merged model), so that what a killed process left on its way is cleared away under these names only: what is on its
 * way to another one may be a living process's, counts for nothing and stays.
 */
public final class HeldNames {
    private static final Set<String> OWN = Set.of(
            "adapter",
            "answers.json",
            "cluster.json",
            "completions.json",
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

    private static final List<String> FOLDERS = List.of(Checkpoints.FOLDER, "tensorboard");

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
}
