package org.align4j.core.files;

import static org.align4j.core.stop.StopSignal.sleep;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A file that one holder has at a time, over all processes; the operating system takes it back when a process dies. The file stays. */
public final class LockFile implements AutoCloseable {
    /** How far two readings of the time at which a process was started may lie apart. */
    private static final long CLOCK_MILLIS = 3000;

    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    /**
     * The locks that this process holds, by their files. POSIX knows processes alone, and drops a process's lock when it closes any descriptor of the file: a
     * file that is held here is never opened again.
     */
    private static final Map<Path, LockFile> HELD = new HashMap<>();

    private final Path path;
    private final OpenFile file;
    private final FileLock lock;
    private String note = "";

    private LockFile(Path path, OpenFile file, FileLock lock) {
        this.path = path;
        this.file = file;
        this.lock = lock;
    }

    /**
     * Takes the lock, waiting while somebody else has it. It looks again and again: a wait of the system's own is refused as a
     * deadlock where two processes wait for one another's files, though in different threads.
     *
     * @throws org.align4j.core.stop.StoppedException if a signal comes
     */
    public static LockFile await(Path path) throws IOException {
        try {
            for (LockFile taken = tryTake(path); ; taken = tryTake(path)) {
                if (taken != null) {
                    return taken;
                }
                sleep(LOOK_EVERY);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for " + path);
        }
    }

    /** Takes the lock; null while somebody else has it, in this process or another. */
    public static @Nullable LockFile tryTake(Path path) throws IOException {
        synchronized (HELD) {
            Path real = real(path);
            if (HELD.containsKey(real)) {
                return null;
            }
            OpenFile file = OpenFile.open(path);
            try {
                FileLock lock = file.tryLock();
                if (lock != null) {
                    LockFile taken = new LockFile(real, file, lock);
                    HELD.put(real, taken);
                    return taken;
                }
            } catch (IOException | RuntimeException failed) {
                file.close();
                throw failed;
            }
            file.close();
            return null;
        }
    }

    private static Path real(Path path) throws IOException {
        return Folders.parent(path).toRealPath().resolve(path.getFileName());
    }

    /** Returns the note that the holder of a lock, or its last one, wrote into the file. */
    public static String noteIn(Path path) throws IOException {
        synchronized (HELD) {
            LockFile held = HELD.get(real(path));
            return held == null ? Files.readString(path) : held.note;
        }
    }

    /**
     * Finds the process whose number a lock's note begins with, where it lives on this machine and was there when the note was written; of this process,
     * where it holds the lock still. Nothing is locked: who wants the lock meanwhile gets it.
     */
    public static Optional<ProcessHandle> holder(Path path) {
        try {
            String number = Files.exists(path) ? noteIn(path).strip() : "";
            if (!number.matches("[1-9][0-9]{0,9}")) {
                return Optional.empty();
            }
            long noted = Files.getLastModifiedTime(path).toMillis();
            return ProcessHandle.of(Long.parseLong(number))
                    .filter(process -> process.equals(ProcessHandle.current()) ? isHeld(path) : process.isAlive())
                    .filter(process -> process.info()
                            .startInstant()
                            .map(start -> start.toEpochMilli() <= noted + CLOCK_MILLIS)
                            .orElse(true));
        } catch (IOException notThere) {
            return Optional.empty();
        }
    }

    private static boolean isHeld(Path path) {
        synchronized (HELD) {
            try {
                return HELD.containsKey(real(path));
            } catch (IOException notThere) {
                return false;
            }
        }
    }

    /**
     * Reads the file that is held here, which holds what its last holder wrote.
     *
     * @param most bytes that are read, from the beginning
     */
    public String text(int most) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(most, file.size()));
        int read = 0;
        while (bytes.hasRemaining() && read >= 0) {
            read = file.read(bytes, bytes.position());
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    /** Whether this process has the lock, which it loses by closing alone. */
    public boolean isHeld() {
        return lock.isValid();
    }

    /** Writes into the file, for those who wait. */
    public void note(String text) throws IOException {
        file.truncate(0);
        file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        note = text;
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            HELD.remove(path, this);
            file.close();
        }
    }
}
