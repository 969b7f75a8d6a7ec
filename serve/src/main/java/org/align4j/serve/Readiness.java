package org.align4j.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.align4j.core.error.FileFailure;
import org.align4j.serve.files.Space;
import org.align4j.web.HiddenPaths;
import org.align4j.web.Refusal;

/** Whether a server can do what it is asked: models are loaded, and its disk can be written. The disk is tried at most once per second. */
final class Readiness {
    private static final String PROBE = ".ready";
    private static final long TRIED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path folder;
    private final BooleanSupplier loaded;
    private final LongSupplier freeBytes;
    private final LongSupplier nanos;
    private Optional<String> last = Optional.empty();
    private long tried;
    private boolean known;

    /**
     * @param folder of the server
     * @param loaded whether models are loaded
     * @param freeBytes how much room the disk has
     * @param nanos a clock that goes on evenly
     */
    Readiness(Path folder, BooleanSupplier loaded, LongSupplier freeBytes, LongSupplier nanos) {
        this.folder = folder;
        this.loaded = loaded;
        this.freeBytes = freeBytes;
        this.nanos = nanos;
    }

    /** Returns what keeps the server from its work; empty where nothing does. */
    Optional<String> trouble() {
        return loaded.getAsBoolean() ? disk() : Optional.of("No model is loaded: the server is starting or ending.");
    }

    private synchronized Optional<String> disk() {
        long now = nanos.getAsLong();
        if (!known || now - tried >= TRIED_NANOS) {
            last = tryDisk();
            tried = now;
            known = true;
        }
        return last;
    }

    private Optional<String> tryDisk() {
        try {
            Space.requireRoom(freeBytes.getAsLong(), "files and jobs need more");
            Path probe = folder.resolve(PROBE);
            Files.write(probe, new byte[] {1});
            Files.delete(probe);
            return Optional.empty();
        } catch (Refusal full) {
            return Optional.of(full.message());
        } catch (IOException failed) {
            return Optional.of("The server's folder can't be written: "
                    + HiddenPaths.below(folder, FileFailure.reason(failed)) + ".");
        }
    }
}
