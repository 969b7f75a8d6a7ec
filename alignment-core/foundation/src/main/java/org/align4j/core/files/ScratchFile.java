package org.align4j.core.files;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A file among the system's temporary ones for what doesn't fit in memory: its owner alone can read it, and it is gone when it is closed.
 * On Unix it has no name from the start, so that nothing but an empty folder outlives a process that is killed.
 */
public final class ScratchFile implements AutoCloseable {
    private final Path folder;
    private final OpenFile file;
    private long length;

    private ScratchFile(Path folder, OpenFile file) {
        this.folder = folder;
        this.file = file;
    }

    /** Makes one in a private folder whose name begins with {@code prefix}. */
    public static ScratchFile make(String prefix) throws IOException {
        Path folder = Folders.makeTemporary(prefix);
        try {
            return new ScratchFile(folder, OpenFile.scratch(folder.resolve("scratch")));
        } catch (IOException e) {
            Folders.deleteTree(folder);
            throw e;
        }
    }

    /** Returns how many bytes were written. */
    public long length() {
        return length;
    }

    /** Writes all that remains of {@code bytes} behind what was written before. */
    public void append(ByteBuffer bytes) throws IOException {
        int count = bytes.remaining();
        file.write(bytes);
        length += count;
    }

    /** Fills {@code bytes} with what was written from a place on. */
    public void read(ByteBuffer bytes, long from) throws IOException {
        long at = from;
        while (bytes.hasRemaining()) {
            int count = file.read(bytes, at);
            if (count < 0) {
                throw new EOFException("it is shorter than what was written");
            }
            at += count;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
        Folders.deleteTree(folder);
    }
}
