package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A file that grows at its end and stays when the process is killed: a log, a download that is gone on with. A kill may tear its
 * last piece; who goes on first {@linkplain #cut cuts} it back to where it was whole. A link under its name is refused.
 */
public final class GrowingFile implements AutoCloseable {
    private final OpenFile file;

    private GrowingFile(OpenFile file) {
        this.file = file;
    }

    /** Opens a file, made where nothing is there; {@link #cut} says where to go on. */
    public static GrowingFile open(Path file) throws IOException {
        return new GrowingFile(OpenFile.open(file));
    }

    /** Makes a file whole: forces its bytes to the disk, then gives it its name in one step. */
    public static void finish(Path grown, Path whole) throws IOException {
        try (OpenFile file = OpenFile.open(grown)) {
            file.force();
        }
        AtomicFile.move(grown, whole);
        CurrentDisk.get().force(Folders.parent(whole));
    }

    /** The file's length in bytes. */
    public long size() throws IOException {
        return file.size();
    }

    /** Cuts the file back to a length, at most its own; the next bytes go there. */
    public void cut(long length) throws IOException {
        file.truncate(length);
    }

    /** Adds all that remains of a buffer; the system has it when this returns, the disk after {@link #force}. */
    public void append(ByteBuffer bytes) throws IOException {
        file.write(bytes);
    }

    /** Reads what was written at a place before; -1 behind the end. */
    public int read(ByteBuffer bytes, long at) throws IOException {
        return file.read(bytes, at);
    }

    /** Forces all bytes to the disk. */
    public void force() throws IOException {
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
