package org.align4j.core.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file that one process has at a time; the operating system takes it back when the process dies. The file itself stays. */
public final class LockFile implements AutoCloseable {
    private final OpenFile file;
    private final FileLock lock;

    private LockFile(OpenFile file, FileLock lock) {
        this.file = file;
        this.lock = lock;
    }

    /** Takes the lock, waiting while another process has it. */
    public static LockFile await(Path path) throws IOException {
        OpenFile file = OpenFile.open(path);
        try {
            return new LockFile(file, file.lock());
        } catch (IOException | RuntimeException failed) {
            file.close();
            throw failed;
        }
    }

    /** Takes the lock; null while another process has it. */
    public static @Nullable LockFile tryTake(Path path) throws IOException {
        OpenFile file = OpenFile.open(path);
        try {
            FileLock lock = file.tryLock();
            if (lock != null) {
                return new LockFile(file, lock);
            }
        } catch (IOException | RuntimeException failed) {
            file.close();
            throw failed;
        }
        file.close();
        return null;
    }

    /** Whether this process has the lock, which it loses by closing alone. */
    public boolean isHeld() {
        return lock.isValid();
    }

    /** Writes into the file, for those who wait. */
    public void note(String text) throws IOException {
        file.truncate(0);
        file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
