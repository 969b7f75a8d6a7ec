package org.align4j.core.cli;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.stop.StoppedException;
import org.jspecify.annotations.Nullable;

/** How a process ends: exit codes, and what is said about a failure. */
final class Ending {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int INPUT = 2;
    static final int SIGNALLED = 128;

    private Ending() {}

    /** Tells a person about a failure in one line, with its stack trace if asked; the exit code. */
    static int report(Throwable failure, Terminal terminal, boolean debug) {
        terminal.log(message(failure));
        if (debug) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            terminal.log(trace.toString());
        }
        if (failure instanceof StoppedException stop) {
            return stop.exitCode();
        }
        return failure instanceof InputException ? INPUT : FAILED;
    }

    private static String message(Throwable failure) {
        if (failure instanceof StoppedException stop) {
            return stop.told();
        }
        if (failure instanceof InputException || failure instanceof RunException) {
            return String.valueOf(failure.getMessage());
        }
        if (failure instanceof OutOfMemoryError) {
            return format(
                    "Out of memory on the Java heap (%s). Give it more with ALIGN4J_HEAP, such as ALIGN4J_HEAP=4g.",
                    failure.getMessage());
        }
        if (MemoryException.isOne(failure)) {
            return String.valueOf(new MemoryException(failure).getMessage());
        }
        if (failure instanceof IOException || failure instanceof UncheckedIOException) {
            return "Reading or writing failed: " + firstLine(failure);
        }
        return format(
                "Unexpected %s: %s (--debug shows where).", failure.getClass().getSimpleName(), firstLine(failure));
    }

    private static String firstLine(Throwable failure) {
        @Nullable String text = failure.getMessage();
        return text == null ? "no message" : text.lines().findFirst().orElse("no message");
    }

    /** Whether the process is already ending, because of a signal. */
    static boolean begun() {
        Thread probe = new Thread(() -> {}, "ending-probe");
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }
}
