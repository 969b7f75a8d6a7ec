package org.align4j.core.files;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file of the program's own that is open for writing, in a folder that others may write to as well: a link under its name is
 * never followed. Everything that changes it goes through {@link Disk}.
 */
final class OpenFile implements WritableByteChannel {
    private static final Set<OpenOption> NEW =
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> KEPT = Set.of(
            StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    private static final Set<OpenOption> CUT =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);

    private static final Set<OpenOption> SCRATCH = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE,
            LinkOption.NOFOLLOW_LINKS);

    private final Path path;
    private final FileChannel channel;

    private OpenFile(Path path, Set<OpenOption> options) throws IOException {
        this.path = path;
        this.channel = CurrentDisk.get().open(path, options);
    }

    /** Makes and opens a file; fails where anything has its name, a link too. */
    static OpenFile create(Path file) throws IOException {
        return new OpenFile(file, NEW);
    }

    /**
     * Opens a file for reading and writing, made where nothing is there.
     *
     * @throws FileSystemException if a link, a device or a pipe has its name
     */
    static OpenFile open(Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            String what = Files.isSymbolicLink(file) ? "a link" : "no file";
            throw new FileSystemException(
                    file.toString(), null, format("%s is %s, which is not followed; remove it", file, what));
        }
        return new OpenFile(file, KEPT);
    }

    /** Makes a file for reading and writing that is gone when it is closed. */
    static OpenFile scratch(Path file) throws IOException {
        return new OpenFile(file, SCRATCH);
    }

    /** Opens a file in a folder that nobody else knows, emptied where it is there. */
    static OpenFile anew(Path file) throws IOException {
        return new OpenFile(file, CUT);
    }

    /** Writes all that remains of the buffer. */
    @Override
    public int write(ByteBuffer bytes) throws IOException {
        int count = bytes.remaining();
        CurrentDisk.get().write(path, channel, bytes);
        return count;
    }

    /** Reads from a place in the file; -1 behind its end. */
    int read(ByteBuffer bytes, long at) throws IOException {
        return channel.read(bytes, at);
    }

    long size() throws IOException {
        return channel.size();
    }

    /** Cuts the file to a length; the next bytes go there. */
    void truncate(long length) throws IOException {
        CurrentDisk.get().truncate(path, channel, length);
    }

    void force() throws IOException {
        CurrentDisk.get().force(path, channel);
    }

    /** Null while another process has the file locked. */
    @Nullable
    FileLock tryLock() throws IOException {
        return channel.tryLock();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
