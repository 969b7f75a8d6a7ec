package org.align4j.core.terminal;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.align4j.core.error.RunException;
import org.jspecify.annotations.Nullable;

/** The standard output as UTF-8 text. It remembers the first failure, which Java's own streams keep to themselves. */
final class OutputText {
    private final OutputStream stream;
    private @Nullable IOException failure;
    private boolean closed;

    OutputText(OutputStream stream) {
        this.stream = stream;
    }

    /** Writes text at once, unless writing has failed before. */
    synchronized void print(String text) {
        if (failure == null && !closed) {
            try {
                stream.write(text.getBytes(StandardCharsets.UTF_8));
                stream.flush();
            } catch (IOException e) {
                closed = isClosed(e);
                failure = closed ? null : e;
            }
        }
    }

    /** Whether the reader of a pipe has gone, as {@code head} does when it has enough: then nothing more is wanted, and nothing is wrong. */
    private static boolean isClosed(IOException e) {
        return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("pipe");
    }

    /** @throws RunException if something could not be written */
    synchronized void requireWritten() {
        if (failure != null) {
            throw new RunException(
                    format(
                            "The standard output could not be written: %s; what stood there is not whole. Check the free space"
                                    + " and who reads it, or give --out where there is one.",
                            failure.getMessage()),
                    failure);
        }
    }

    /** Returns the text that was written into a stream in memory. */
    @Override
    public synchronized String toString() {
        return stream instanceof java.io.ByteArrayOutputStream memory ? memory.toString(StandardCharsets.UTF_8) : "";
    }
}
