package org.align4j.core.run;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.error.InputException;
import org.align4j.core.files.OwnFile;

/** The mark of the one process that writes a run ({@code .lock}); the operating system takes it back when it dies. */
final class RunLock implements AutoCloseable {
    static final String NAME = ".lock";

    /** POSIX drops a process's lock when it closes any descriptor of the file, so this process never opens it twice. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path run;
    private final FileChannel channel;

    private RunLock(Path run, FileChannel channel) {
        this.run = run;
        this.channel = channel;
    }

    /** @throws InputException if another process has it, or this one already */
    static RunLock take(Path run) throws IOException {
        Path real = run.toRealPath();
        if (!HELD.add(real)) {
            throw new InputException(format("%s is being written by this process already.", run));
        }
        try {
            FileChannel channel = lock(run);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)));
            return new RunLock(real, channel);
        } catch (IOException | RuntimeException failed) {
            HELD.remove(real);
            throw failed;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException goneWithTheProcess) {
            // The operating system releases the lock in any case.
        }
        HELD.remove(run);
    }

    private static FileChannel lock(Path run) throws IOException {
        Path file = run.resolve(NAME);
        FileChannel channel = OwnFile.open(file);
        if (channel.tryLock() == null) {
            channel.close();
            throw new InputException(format(
                    "%s is being written by process %s; wait for it or stop it.",
                    run, Files.readString(file).strip()));
        }
        return channel;
    }
}
