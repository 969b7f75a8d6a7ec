package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Writes files in a folder that nobody reads yet, such as one that {@link AtomicDirectory} is filling: they need no other name on
 * their way and no fsync of their own.
 */
public final class FreshFile {
    private FreshFile() {}

    /** Writes a file. */
    public static void write(Path file, byte[] bytes) throws IOException {
        try (OpenFile open = OpenFile.anew(file)) {
            open.write(ByteBuffer.wrap(bytes));
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
