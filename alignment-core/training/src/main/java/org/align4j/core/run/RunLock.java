package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.files.LockFile;

/** The mark of the one process that writes a run ({@code .lock}); the operating system takes it back when it dies. */
final class RunLock implements AutoCloseable {
    static final String NAME = ".lock";

    private final LockFile file;

    private RunLock(LockFile file) {
        this.file = file;
    }

    /** @throws InputException if another process has it, or this one already */
    static RunLock take(Path run) throws IOException {
        String own = ProcessHandle.current().pid() + "";
        Path path = run.resolve(NAME);
        LockFile file = LockFile.tryTake(path);
        if (file == null) {
            String holder = LockFile.noteIn(path).strip();
            throw new InputException(
                    holder.equals(own)
                            ? format("%s is being written by this process already.", run)
                            : format("%s is being written by process %s; wait for it or stop it.", run, holder));
        }
        try {
            file.note(own + "\n");
            return new RunLock(file);
        } catch (IOException | RuntimeException failed) {
            file.close();
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
    }
}
