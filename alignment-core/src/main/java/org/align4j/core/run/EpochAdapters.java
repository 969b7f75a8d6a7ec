package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;
import org.align4j.core.files.FreshFile;

/**
 * The adapters of a run's epochs: {@code adapters/step-000100/} each, a copy of the adapter in that step's checkpoint. It stays though the
 * checkpoint goes, and stands whole before the run says that the checkpoint was saved.
 *
 * @param run the run, which this process holds
 */
public record EpochAdapters(RunDirectory run) {
    /** The folder of these adapters in a run's directory. */
    static final String FOLDER = "adapters";

    /**
     * Keeps the adapter of a checkpoint, in the place of one that was kept of this step before.
     *
     * @throws RunException if it can't be written; the checkpoint is untouched
     */
    public void keep(Path checkpoint, int step) {
        run.requireInPlace();
        Path kept = folder(step);
        try {
            Folders.makeOwn(run.path().resolve(FOLDER));
            AtomicDirectory.replace(kept, aside -> {
                for (Path file : Folders.list(checkpoint.resolve("adapter"))) {
                    FreshFile.copy(file, aside.resolve(file.getFileName().toString()));
                }
            });
        } catch (IOException failed) {
            run.requireInPlace();
            throw new RunException(
                    format(
                            "Adapter %s could not be written: %s. Its checkpoint is intact; fix the disk and resume the run.",
                            kept, FileFailure.reason(failed)),
                    failed);
        }
    }

    /** Keeps the adapter of the checkpoint that a run goes on from, where a kill came before it was kept. */
    public void keepMissing(Path checkpoint, int step) {
        if (!Files.isDirectory(folder(step), LinkOption.NOFOLLOW_LINKS)) {
            keep(checkpoint, step);
        }
    }

    private Path folder(int step) {
        return run.path().resolve(FOLDER).resolve(CheckpointName.of(step));
    }
}
