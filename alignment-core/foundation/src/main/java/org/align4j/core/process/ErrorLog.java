package org.align4j.core.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.RunException;
import org.align4j.core.files.GrowingFile;
import org.jspecify.annotations.Nullable;

/**
 * What programs write to their error output, line by line in a file of the run. It takes some 16 MiB; what comes then is left out, as its
 * last line says. It may be written from any thread.
 */
public final class ErrorLog implements AutoCloseable {
    private static final long MOST_BYTES = 16L << 20;
    private static final String FULL = "(the log is full; further lines are left out)";

    private @Nullable Path file;
    private @Nullable GrowingFile lines;
    private @Nullable IOException failed;

    /** Says where the lines go from now on, behind those of earlier sessions; the file is made with the first one. */
    public synchronized void keepIn(Path file) {
        this.file = file;
    }

    /** Writes a line. A disk that refuses is reported by {@link #requireWritten}. */
    public synchronized void accept(String line) {
        Path place = file;
        if (place == null || failed != null) {
            return;
        }
        try {
            GrowingFile open = lines;
            if (open == null) {
                open = GrowingFile.open(place);
                open.cut(open.size());
                lines = open;
            }
            long size = open.size();
            if (size < MOST_BYTES) {
                append(open, line);
                if (open.size() >= MOST_BYTES) {
                    append(open, FULL);
                }
            }
        } catch (IOException e) {
            failed = e;
        }
    }

    private static void append(GrowingFile open, String line) throws IOException {
        open.append(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Asks that every line is written.
     *
     * @throws RunException where the disk refused one
     */
    public synchronized void requireWritten() {
        IOException e = failed;
        if (e != null) {
            failed = null;
            throw new RunException(file + " could not be written: " + FileFailure.reason(e) + ".", e);
        }
    }

    @Override
    public synchronized void close() {
        GrowingFile open = lines;
        lines = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            throw new RunException(file + " could not be closed: " + FileFailure.reason(e) + ".", e);
        }
    }
}
