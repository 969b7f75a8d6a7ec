package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Replaces files so that nobody ever sees half of one, whenever the process is killed or the power fails: written next to the
 * target, forced to the disk, renamed over it, and the rename forced to the disk. A failure leaves what was there before and
 * no debris. A link that has the target's name is replaced, not followed ({@link OutputFile} follows those of a user).
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes the bytes of a file. */
    @FunctionalInterface
    public interface Content {
        /** Writes everything to {@code channel}, which takes whole buffers and is closed by the caller. */
        void writeTo(WritableByteChannel channel) throws IOException;
    }

    /** Writes or replaces {@code file} in a folder that is there. */
    public static void write(Path file, Content content) throws IOException {
        Path aside = TemporaryNames.incoming(file);
        TemporaryNames.remember(aside);
        try {
            try (OpenFile open = OpenFile.create(aside)) {
                content.writeTo(open);
                open.force();
            }
            move(aside, file);
        } catch (IOException | RuntimeException | Error failed) {
            discard(aside, failed);
            throw failed;
        } finally {
            TemporaryNames.forget(aside);
        }
        CurrentDisk.get().force(Folders.parent(file));
    }

    /** Writes or replaces {@code file}, in a folder that is there, with {@code bytes}. */
    public static void write(Path file, byte[] bytes) throws IOException {
        write(file, channel -> channel.write(ByteBuffer.wrap(bytes)));
    }

    /** Deletes all files that are being written and don't be under their names yet: the process ends without another chance. */
    public static void discardAll() {
        TemporaryNames.discardAll();
    }

    /** Renames a file over another one, in one step where the file system can. */
    static void move(Path aside, Path file) throws IOException {
        try {
            CurrentDisk.get().move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            CurrentDisk.get().move(aside, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void discard(Path aside, Throwable failed) {
        try {
            Folders.deleteIfExists(aside);
        } catch (IOException alsoFailed) {
            failed.addSuppressed(alsoFailed);
        }
    }
}
