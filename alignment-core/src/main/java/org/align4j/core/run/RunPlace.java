package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.error.RunException;
import org.align4j.core.files.Folders;
import org.jspecify.annotations.Nullable;

/**
 * The place of a run when it was taken in hand. Files that are open follow a directory that is moved, names do not: what is
 * written by name would begin another directory.
 *
 * @param path its name
 * @param key distinguishes it from any other directory; null where the file system has no such thing (Windows, which lets no one
 *     move a directory with open files)
 */
record RunPlace(Path path, @Nullable Object key) {
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

    static RunPlace of(Path path) throws IOException {
        return new RunPlace(path, key(path));
    }

    /** Whether the name still means this very directory. */
    boolean isHere() {
        return isAt(path);
    }

    /** @throws RunException if it was moved, deleted or replaced */
    void require() {
        if (!isHere()) {
            removeEmpty();
            throw new RunException(format(
                    "%s was moved, deleted or replaced while the run was at work; the run stops and writes nothing more. What"
                            + " it saved is in the moved directory; continue from its last checkpoint with: align resume %s",
                    path, now().map(Path::toString).orElse("MOVED-DIRECTORY")));
        }
    }

    /** A checkpoint that was being written makes its directories again under the old name. */
    private void removeEmpty() {
        try {
            Path checkpoints = path.resolve(Checkpoints.FOLDER);
            if (Files.isDirectory(checkpoints, LinkOption.NOFOLLOW_LINKS)) {
                Folders.delete(checkpoints);
                Folders.delete(path);
            }
        } catch (IOException notThereOrNotEmpty) {
            // It is nothing of ours.
        }
    }

    /** Where the directory is now, by the lock that this process has open in it; empty where none is known. */
    private Optional<Path> now() {
        try (Stream<Path> open = Files.list(OPEN_FILES)) {
            List<Path> links = open.toList();
            return links.stream()
                    .map(RunPlace::target)
                    .flatMap(Optional::stream)
                    .filter(file -> file.endsWith(RunLock.NAME))
                    .map(Path::getParent)
                    .filter(directory -> directory != null && isAt(directory))
                    .findFirst();
        } catch (IOException noSuchSystem) {
            return Optional.empty();
        }
    }

    private boolean isAt(Path directory) {
        try {
            return key == null ? Files.isDirectory(directory) : key.equals(key(directory));
        } catch (IOException gone) {
            return false;
        }
    }

    private static Optional<Path> target(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link));
        } catch (IOException closedMeanwhile) {
            return Optional.empty();
        }
    }

    private static @Nullable Object key(Path directory) throws IOException {
        return Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
    }
}
