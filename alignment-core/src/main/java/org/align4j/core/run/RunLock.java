package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.InputException;
import org.align4j.core.files.LockFile;

/** The mark of the one process that writes a run ({@code .lock}); the operating system takes it back when it dies. */
final class RunLock implements AutoCloseable {
    static final String NAME = ".lock";

    /** POSIX drops a process's lock when it closes any descriptor of the file, so this process never opens it twice. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path run;
    private final LockFile file;

    private RunLock(Path run, LockFile file) {
        this.run = run;
        this.file = file;
    }

    /** @throws InputException if another process has it, or this one already */
    static RunLock take(Path run) throws IOException {
        Path real = run.toRealPath();
        if (!HELD.add(real)) {
            throw new InputException(format("%s is being written by this process already.", run));
        }
        try {
            LockFile file = lock(run);
            try {
                file.note(ProcessHandle.current().pid() + "\n");
                return new RunLock(real, file);
            } catch (IOException | RuntimeException failed) {
                file.close();
                throw failed;
            }
        } catch (IOException | RuntimeException failed) {
            HELD.remove(real);
            throw failed;
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException goneWithTheProcess) {
            // The operating system releases the lock in any case.
        }
        HELD.remove(run);
    }

    private static LockFile lock(Path run) throws IOException {
        Path file = run.resolve(NAME);
        LockFile lock = LockFile.tryTake(file);
        if (lock == null) {
            throw new InputException(format(
                    "%s is being written by process %s; wait for it or stop it.",
                    run, Files.readString(file).strip()));
        }
        return lock;
    }
}
