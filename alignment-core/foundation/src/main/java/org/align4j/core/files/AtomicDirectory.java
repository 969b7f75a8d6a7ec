package org.align4j.core.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Replaces, renames and deletes directories so that each is there whole or not at all, whenever the process is killed or the
 * power fails: filled next to its place, forced to the disk, renamed, and the rename forced to the disk. What a kill left on its
 * way is cleared away by the next process ({@link #sweep}).
 */
public final class AtomicDirectory {
    private AtomicDirectory() {}

    /** Writes the files of a directory. */
    @FunctionalInterface
    public interface Content {
        /** Writes into a directory that exists, is empty and seen by nobody; needs no fsync ({@link FreshFile}). */
        void write(Path directory) throws IOException;
    }

    /** Writes or replaces one directory; where that fails, what stood there stays. */
    public static void replace(Path directory, Content content) throws IOException {
        Path aside = TemporaryNames.incoming(directory);
        Path former = null;
        try {
            CurrentDisk.get().makeDirectory(aside);
            content.write(aside);
            forceTree(aside);
            former = moveAside(directory, TemporaryNames.former(directory));
            move(aside, directory);
        } catch (UncheckedIOException failed) {
            discard(aside, failed);
            throw failed.getCause();
        } catch (IOException | RuntimeException | Error failed) {
            discard(aside, failed);
            putBack(former, directory, failed);
            throw failed;
        }
        forceParent(directory);
        if (former != null) {
            Folders.deleteTree(former);
        }
    }

    /** Deletes a directory, where it is there, so that a kill in between leaves nothing that looks like it. */
    public static void delete(Path directory) throws IOException {
        Path former = moveAside(directory, TemporaryNames.outgoing(directory));
        if (former != null) {
            forceParent(directory);
            Folders.deleteTree(former);
        }
    }

    /** Gives a directory another name next to the old one; what had that name goes. */
    public static void rename(Path directory, Path other) throws IOException {
        delete(other);
        move(directory, other);
        forceParent(directory);
    }

    /**
     * Removes what killed processes left on its way in this directory, and puts back what they were about to replace.
     *
     * @param own the names that no living process but this one writes; what is on its way to another name is left alone, since its
     *     writer may be alive
     */
    public static void sweep(Path directory, Predicate<String> own) throws IOException {
        for (Path entry : Folders.list(directory)) {
            if (!isTemporary(entry) || !own.test(TemporaryNames.target(entry))) {
                continue;
            }
            if (TemporaryNames.isFormer(entry)
                    && !Files.exists(TemporaryNames.successor(entry), LinkOption.NOFOLLOW_LINKS)) {
                move(entry, TemporaryNames.successor(entry));
                forceParent(entry);
            } else {
                Folders.deleteTree(entry);
            }
        }
    }

    /** Whether a file or directory is on its way in or out and counts for nothing. */
    public static boolean isTemporary(Path entry) {
        return TemporaryNames.is(entry);
    }

    private static @Nullable Path moveAside(Path directory, Path aside) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        move(directory, aside);
        return aside;
    }

    private static void putBack(@Nullable Path former, Path directory, Throwable failed) {
        if (former != null) {
            try {
                move(former, directory);
            } catch (IOException alsoFailed) {
                failed.addSuppressed(alsoFailed); // the next process does it
            }
        }
    }

    private static void move(Path from, Path to) throws IOException {
        CurrentDisk.get().move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void forceParent(Path directory) throws IOException {
        CurrentDisk.get().force(Folders.parent(directory));
    }

    private static void forceTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                CurrentDisk.get().force(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed) throws IOException {
                CurrentDisk.get().force(directory);
                return super.postVisitDirectory(directory, failed);
            }
        });
    }

    private static void discard(Path aside, Throwable failed) {
        try {
            Folders.deleteTree(aside);
        } catch (IOException alsoFailed) {
            failed.addSuppressed(alsoFailed);
        }
    }
}
