package org.align4j.core.stop;

import org.jspecify.annotations.Nullable;

/**
 * The process was asked to stop; thrown by {@link StopSignal#throwIfStopped()} on the thread that works, so that
 * whatever is half done is dropped. Not an error: who holds finished work saves it and lets the exception pass on to
 * the command line, which exits with {@link #exitCode()}.
 */
public final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final @Nullable String wayOn;

    /**
     * @param signal the signal's name, for people: SIGTERM
     * @param exitCode 128 plus the signal's number: 143 for SIGTERM, 130 for SIGINT
     */
    public StoppedException(String signal, int exitCode) {
        super("Stopped by " + signal + ".", null, false, false);
        this.exitCode = exitCode;
        this.wayOn = StopSignal.wayOn();
    }

    /** Says to a person what happened and, where the work in hand can be gone on with, what to type for that. */
    public String told() {
        return wayOn == null ? String.valueOf(getMessage()) : getMessage() + " Go on with: " + wayOn;
    }

    /** What the process exits with: 143 for SIGTERM, 130 for SIGINT. */
    public int exitCode() {
        return exitCode;
    }
}
