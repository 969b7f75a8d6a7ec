package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.align4j.core.error.InputException;
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
     * Replaces {@code target}, or what it points to where it is a link, creating its directory when missing.
     *
     * @throws InputException if a device, a pipe or a folder stands there; then nothing was asked of {@code content}
     * @throws RunException when the file system refuses (full, read-only)
     */
    public static void write(Path target, Content content) {
        Path file = OutputFile.behindLinks(target);
        Path partial = OwnFile.partial(file);
        try {
            Path directory = file.getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            try (FileChannel channel = OwnFile.create(partial)) {
                content.writeTo(channel);
                channel.force(true);
            }
            OwnFile.move(partial, file);
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
        write(target, channel -> OwnFile.writeFully(channel, ByteBuffer.wrap(bytes)));
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
            OwnFile.discard(partial);
        } catch (IOException e) {
            // The write has failed with its own message already.
            partial.toFile().deleteOnExit();
        }
    }
}
