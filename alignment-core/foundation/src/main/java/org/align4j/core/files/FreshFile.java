package org.align4j.core.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Writes files in a folder that nobody reads yet, such as one that {@link AtomicDirectory} is filling: they need no other name on
 * their way and no fsync of their own.
 */
public final class FreshFile {
    private static final int BUFFER_BYTES = 1 << 18;

    private FreshFile() {}

    /** Writes a file. */
    public static void write(Path file, byte[] bytes) throws IOException {
        try (OpenFile open = OpenFile.anew(file)) {
            open.write(ByteBuffer.wrap(bytes));
        }
    }

    /** Writes a file of all that a stream still has. */
    public static void write(Path file, InputStream bytes) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (OpenFile open = OpenFile.anew(file)) {
            for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
                open.write(ByteBuffer.wrap(buffer, 0, count));
            }
        }
    }

    /** Copies a file where nothing has the copy's name. */
    public static void copy(Path from, Path to) throws IOException {
        CurrentDisk.get().copy(from, to);
    }

    /**
     * Makes a symbolic link where nothing has its name.
     *
     * @throws UnsupportedOperationException if the file system has none
     */
    public static void link(Path link, Path target) throws IOException {
        CurrentDisk.get().link(link, target);
    }
}
