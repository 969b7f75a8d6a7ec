package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.files.Folders;

/**
 * What a directory must be for a run to begin in it: new, empty but for the rows of a program, or left by a run that was killed before
 * it had options.
 */
final class NewDirectory {
    private static final Set<String> BEFORE_OPTIONS = Set.of(RunLock.NAME, RunDirectory.MANIFEST);

    private NewDirectory() {}

    /** @throws InputException if something is there */
    static void require(Path path) {
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.isDirectory(path)) {
            throw new InputException(format("out is %s, which is a file; give a new or empty directory.", path));
        }
        try {
            List<Path> entries = Folders.list(path);
            // Asked after the list: a run that another process begins meanwhile has its options before all else that
            // isn't allowed here.
            if (Files.exists(path.resolve(RunDirectory.CONFIG))) {
                throw new InputException(format(
                        "out is %s, which holds a run already; give a new or empty directory, or continue that run with: align resume %s",
                        path, path));
            }
            for (Path entry : entries) {
                if (!AtomicDirectory.isTemporary(entry)
                        && !BEFORE_OPTIONS.contains(name(entry))
                        && !OwnRows.isOne(entry)) {
                    throw new InputException(format(
                            "out is %s, which is not empty (%s); give a new or empty directory.", path, name(entry)));
                }
            }
        } catch (IOException failed) {
            throw new InputException(
                    format("out is %s, which can't be read: %s.", path, FileFailure.reason(failed)), failed);
        }
    }

    private static String name(Path entry) {
        return String.valueOf(entry.getFileName());
    }
}
