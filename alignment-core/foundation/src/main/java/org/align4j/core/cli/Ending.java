package org.align4j.core.cli;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Set;
import org.align4j.core.error.AddressSecrets;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.error.InputException.Culprit;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.align4j.core.stop.StoppedException;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** Ends a process: with an exit code, and with what is said about a failure. */
final class Ending {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int INPUT = 2;
    static final int SIGNALLED = 128;

    private Ending() {}

    /**
     * Reports a failure to a person in one line, with its stack trace if asked, and a program that asked for JSON in a document
     * where there is none yet.
     *
     * @return the exit code
     */
    static int report(Throwable failure, Terminal terminal, boolean debug) {
        String message = AddressSecrets.removed(message(failure));
        terminal.log(message);
        if (!terminal.hasResult()) {
            terminal.result(ErrorDocument.of(failure, message));
        }
        if (debug) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            terminal.log(AddressSecrets.removed(trace.toString())); // causes may quote an address
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
        if (failure instanceof OutOfMemoryError refused) {
            return outOfMemory(refused);
        }
        if (MemoryException.isOne(failure)) {
            return String.valueOf(new MemoryException(failure).getMessage());
        }
        String library = library(failure);
        if (library != null) {
            return format(
                    "A native library could not be loaded: %s. Either memory is refused (raise ulimit -v) or files of its folder may not"
                            + " be run (noexec).",
                    library);
        }
        if (isReadingOrWriting(failure)) {
            return "Reading or writing failed: " + withCauses(failure);
        }
        return format(
                "Unexpected %s: %s (--debug shows where).", failure.getClass().getSimpleName(), withCauses(failure));
    }

    /** The heap's own refusals have these words; the system's have others, or none. */
    private static String outOfMemory(OutOfMemoryError refused) {
        String words = firstLine(refused);
        boolean heap = words.contains("heap") || words.contains("GC overhead") || words.contains("array size");
        return format(
                heap
                        ? "Out of memory on the Java heap (%s). Give it more with ALIGN4J_HEAP, such as ALIGN4J_HEAP=4g."
                        : "The system refused memory to Java (%s). Lower ALIGN4J_HEAP or micro-batch-tokens, or raise the limit (ulimit"
                                + " -v, ulimit -u).",
                words);
    }

    /** What is said of a library that can't be loaded, at its first use or, shorter, at a later one; null of other failures. */
    private static @Nullable String library(Throwable failure) {
        String name = UnsatisfiedLinkError.class.getSimpleName();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String says = firstLine(cause);
            if (cause instanceof UnsatisfiedLinkError) {
                return says;
            }
            if (cause instanceof ExceptionInInitializerError && says.contains(name)) {
                return says.substring(says.indexOf(name) + name.length()).replaceFirst("^: ", "");
            }
        }
        return null;
    }

    /** Whether a failure is one of files, disks or the network. */
    static boolean isReadingOrWriting(Throwable failure) {
        return failure instanceof IOException || failure instanceof UncheckedIOException;
    }

    /** Joins the failure's sentence with those of its causes that say something new. */
    private static String withCauses(Throwable failure) {
        // The message of failures of files may be a name alone.
        StringBuilder text = new StringBuilder(
                failure instanceof FileSystemException file ? FileFailure.told(file) : firstLine(failure));
        Set<Throwable> told = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable cause = failure.getCause(); cause != null && told.add(cause); cause = cause.getCause()) {
            String says = firstLine(cause);
            if (text.indexOf(says) < 0) {
                text.append("; because of ").append(cause.getClass().getSimpleName());
                text.append(": ").append(says);
            }
        }
        return text.toString();
    }

    private static String firstLine(Throwable failure) {
        String text = failure.getMessage();
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

    /**
     * Holds a failure as {@code --json} writes it.
     *
     * @param code {@code usage} (the command line), {@code config} (a file of options), {@code data} (a row), {@code input} (anything else
     *     that was given, such as a model), {@code run}, {@code out-of-memory}, {@code stopped} or {@code internal}
     * @param message the sentence for people
     * @param param the option's name, or null
     * @param file the file as the user named it, or null
     * @param line in the file, or null
     */
    private record ErrorDocument(
            String code,
            String message,
            @Nullable String param,
            @Nullable String file,
            @Nullable Integer line) {

        static ErrorDocument of(Throwable failure, String message) {
            Culprit culprit = failure instanceof InputException wrong ? wrong.culprit() : null;
            if (culprit == null) {
                return new ErrorDocument(code(failure), message, null, null, null);
            }
            String code = culprit.input().name().toLowerCase(Locale.ROOT);
            return new ErrorDocument(code, message, culprit.option(), told(culprit.file()), culprit.line());
        }

        private static @Nullable String told(@Nullable String file) {
            return file == null ? null : AddressSecrets.removed(file);
        }

        private static String code(Throwable failure) {
            if (failure instanceof InputException) {
                return "input";
            }
            if (failure instanceof StoppedException) {
                return "stopped";
            }
            if (failure instanceof OutOfMemoryError || MemoryException.isOne(failure)) {
                return "out-of-memory";
            }
            return failure instanceof RunException || Ending.isReadingOrWriting(failure) ? "run" : "internal";
        }
    }
}
