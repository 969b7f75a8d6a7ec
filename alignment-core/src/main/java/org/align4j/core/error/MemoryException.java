package org.align4j.core.error;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Locale;

/** The engine was refused memory. Whoever can do with less may try again; nothing but the work under way is lost. */
public final class MemoryException extends RunException {
    private static final long serialVersionUID = 1L;

    /** The words in which allocators of CPU and GPU, and the C++ library, say that memory is refused. */
    private static final List<String> WORDS = List.of(
            "out of memory",
            "not enough memory",
            "can't allocate memory",
            "cannot allocate memory",
            "bad_alloc",
            "failed to allocate",
            "status_alloc_failed", // cuBLAS, cuDNN and their kin
            "cudaerrormemoryallocation");

    /** @param cause what the engine threw */
    public MemoryException(Throwable cause) {
        super(
                format(
                        "Out of memory in the engine (%s). Maybe lower micro-batch-tokens or max-length, use recompute true, or a smaller dtype.",
                        firstLine(cause)),
                cause);
    }

    /** Whether a failure of the engine is one of memory. */
    public static boolean isOne(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (WORDS.stream().anyMatch(text::contains)) {
                return true;
            }
        }
        return false;
    }

    private static String firstLine(Throwable failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("no message");
    }
}
