package org.align4j.core.files;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes folders, lists and deletes what is in them. */
public final class Folders {
    private Folders() {}

    /** Makes a folder and those above it, as far as they are missing; their names are on the disk when this returns. */
    public static void make(Path folder) throws IOException {
        Path highest = null;
        for (Path missing = folder.toAbsolutePath();
                missing != null && !Files.exists(missing);
                missing = missing.getParent()) {
            highest = missing;
        }
        CurrentDisk.get().makeDirectories(folder);
        if (highest != null) {
            for (Path made = folder.toAbsolutePath(); made.startsWith(highest); made = parent(made)) {
                CurrentDisk.get().force(parent(made));
            }
        }
    }

    /**
     * Makes a folder of the program's own, in one that others may write to as well, and those above it, as far as they are missing.
     *
     * @throws FileSystemException as of {@link #requireOwn}
     */
    public static void makeOwn(Path folder) throws IOException {
        requireOwn(folder);
        make(folder);
    }

    /**
     * Asks that a folder of the program's own is a folder or isn't there: a link under its name is never followed, since what is written or
     * deleted behind it would be somebody else's.
     *
     * @throws FileSystemException if a link or a file has its name
     */
    public static void requireOwn(Path folder) throws IOException {
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            boolean file = Files.isRegularFile(folder, LinkOption.NOFOLLOW_LINKS);
            throw new FileSystemException(
                    folder.toString(),
                    null,
                    format(
                            file
                                    ? "%s is a file where a folder belongs; remove it"
                                    : "%s is a link, which is not followed; remove it, and put the folder itself there",
                            folder));
        }
    }

    /** Makes the folder that a file is written to, and those above it, as far as they are missing. */
    public static void makeParent(Path file) throws IOException {
        make(parent(file));
    }

    /** Makes a folder, where nothing has its name, that only this user may look into. */
    public static void makePrivate(Path folder) throws IOException {
        makeParent(folder);
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                }
                : new FileAttribute<?>[0];
        CurrentDisk.get().makeDirectory(folder, attributes);
    }

    /** Makes a private folder among the system's temporary ones, to be deleted by the caller. */
    public static Path makeTemporary(String prefix) throws IOException {
        Path folder = Path.of(System.getProperty("java.io.tmpdir", "."), TemporaryNames.unforeseen(prefix));
        makePrivate(folder);
        return folder;
    }

    /** Sets who may read, write and run a file or folder, in the bits that Unix has for that. */
    public static void setMode(Path path, int mode) throws IOException {
        CurrentDisk.get().setMode(path, mode);
    }

    /** Forces a folder's names, or a file's bytes, to the disk. */
    public static void force(Path path) throws IOException {
        CurrentDisk.get().force(path);
    }

    /** The entries of a folder in the order of their names; none where it doesn't exist. */
    public static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (NoSuchFileException absent) {
            return List.of();
        }
    }

    /** Deletes a file or an empty folder, or finds that it isn't there. */
    public static void deleteIfThere(Path path) throws IOException {
        try {
            delete(path);
        } catch (NoSuchFileException gone) {
            // Somebody was faster.
        }
    }

    /**
     * Deletes a file or an empty folder.
     *
     * @throws NoSuchFileException if it isn't there
     */
    public static void delete(Path path) throws IOException {
        CurrentDisk.get().delete(path);
    }

    /** Deletes a file or an empty folder where it is there. */
    public static void deleteIfExists(Path path) throws IOException {
        try {
            delete(path);
        } catch (NoSuchFileException absent) {
            // That is what was wanted.
        }
    }

    /** Deletes a folder with all that is in it, where it is there; links are deleted, not followed. */
    public static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed) throws IOException {
                delete(directory);
                return super.postVisitDirectory(directory, failed);
            }
        });
    }

    public static Path parent(Path path) {
        Path absolute = path.toAbsolutePath();
        Path parent = absolute.getParent();
        return parent == null ? absolute : parent;
    }
}
