package org.align4j.core.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Files and directories that are there whole or not at all, whenever the process is killed or the power fails: written
 * aside, forced to disk, renamed, and the rename forced to disk. Names that begin with {@code .tmp-} or {@code .old-}
 * are on their way in or out and count for nothing.
 */
public final class DurableFiles {
    private static final String INCOMING = ".tmp-";
    private static final String OUTGOING = ".old-";
    private static final boolean WINDOWS =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

    private DurableFiles() {}

    /** What fills a directory that is still aside. */
    public interface Content {
        void write(Path directory) throws IOException;
    }

    /** Writes or replaces one file. */
    public static void write(Path file, byte[] content) throws IOException {
        Path aside = sibling(INCOMING, file);
        try (FileChannel channel = OwnFile.create(aside)) {
            OwnFile.writeFully(channel, ByteBuffer.wrap(content));
            channel.force(true);
        } catch (IOException failed) {
            discard(aside, failed);
            throw failed;
        }
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(parent(file));
    }

    /** Writes or replaces one directory; where the content fails, what stood there stays. */
    public static void publish(Path directory, Content content) throws IOException {
        Path aside = sibling(INCOMING, directory);
        try {
            Files.createDirectory(aside);
            content.write(aside);
            syncTree(aside);
        } catch (UncheckedIOException failed) {
            discard(aside, failed);
            throw failed.getCause();
        } catch (IOException | RuntimeException failed) {
            discard(aside, failed);
            throw failed;
        }
        Path former = Files.exists(directory, LinkOption.NOFOLLOW_LINKS) ? moveAside(directory) : null;
        Files.move(aside, directory, StandardCopyOption.ATOMIC_MOVE);
        syncDirectory(parent(directory));
        if (former != null) {
            deleteTree(former);
        }
    }

    /** Deletes a directory so that a kill in between leaves nothing that looks like it. */
    public static void delete(Path directory) throws IOException {
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            Path former = moveAside(directory);
            syncDirectory(parent(directory));
            deleteTree(former);
        }
    }

    /** Removes what killed processes left aside in this directory. */
    public static void sweep(Path directory) throws IOException {
        for (Path entry : list(directory)) {
            if (isAside(entry)) {
                deleteTree(entry);
            }
        }
    }

    /** Tells whether a file or folder is on its way in or out and counts for nothing. */
    public static boolean isAside(Path entry) {
        String name = String.valueOf(entry.getFileName());
        return name.startsWith(INCOMING) || name.startsWith(OUTGOING);
    }

    /** The entries of a directory in the order of their names; none where it doesn't exist. */
    public static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (NoSuchFileException absent) {
            return List.of();
        }
    }

    /** What the operating system says, without the path that the message names anyway. */
    public static String reason(IOException failed) {
        if (failed instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        if (failed instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (failed instanceof FileSystemException || failed.getMessage() == null) {
            return failed.getClass().getSimpleName().replace("Exception", "") + " " + failed.getMessage();
        }
        return failed.getMessage();
    }

    private static Path moveAside(Path directory) throws IOException {
        Path former = sibling(OUTGOING, directory);
        Files.move(directory, former, StandardCopyOption.ATOMIC_MOVE);
        return former;
    }

    private static Path sibling(String prefix, Path path) {
        return OwnFile.aside(path, prefix, "");
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        return parent == null ? path.toAbsolutePath() : parent;
    }

    private static void syncTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed) throws IOException {
                syncDirectory(directory);
                return super.postVisitDirectory(directory, failed);
            }
        });
    }

    /** Forces a rename to disk; Windows has no such call and needs none. */
    private static void syncDirectory(Path directory) throws IOException {
        if (!WINDOWS) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failed) throws IOException {
                Files.delete(directory);
                return super.postVisitDirectory(directory, failed);
            }
        });
    }

    private static void discard(Path aside, Exception failed) {
        try {
            deleteTree(aside);
        } catch (IOException alsoFailed) {
            failed.addSuppressed(alsoFailed);
        }
    }
}
