package org.align4j.core.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.align4j.core.error.RunException;

/**
 * Writes files so that nobody ever sees half of one: beside the target, forced to the disk, then renamed over it. A
 * failure leaves what was there before and no debris.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes a file's contents. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to {@code channel}, which is closed by the caller. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Replaces {@code target}, creating its directory when missing.
     *
     * @throws RunException when the file system refuses (full, read-only)
     */
    public static void write(Path target, Content content) {
        Path absolute = target.toAbsolutePath();
        Path partial = absolute.resolveSibling("." + absolute.getFileName() + ".partial");
        try {
            Path directory = absolute.getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            try (FileChannel channel = FileChannel.open(
                    partial,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                content.writeTo(channel);
                channel.force(true);
            }
            move(partial, absolute);
            if (directory != null) {
                forceDirectory(directory);
            }
        } catch (IOException e) {
            throw new RunException(
                    target + " could not be written: " + e.getMessage() + ". Check the free space and the permissions.",
                    e);
        } finally {
            deleteQuietly(partial);
        }
    }

    /** Replaces {@code target} with {@code bytes}. */
    public static void write(Path target, byte[] bytes) {
        write(target, channel -> writeFully(channel, ByteBuffer.wrap(bytes)));
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void move(Path partial, Path target) throws IOException {
        try {
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Makes the rename itself durable, where the system can open directories (Windows can't and needn't). */
    private static void forceDirectory(Path directory) throws IOException {
        if (!System.getProperty("os.name", "").startsWith("Windows")) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static void deleteQuietly(Path partial) {
        try {
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            // The write has failed with its own message already; a leftover partial file is overwritten next time.
            partial.toFile().deleteOnExit();
        }
    }
}
