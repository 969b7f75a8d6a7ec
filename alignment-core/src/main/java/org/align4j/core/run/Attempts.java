package org.align4j.core.run;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.NotFiniteException;
import org.align4j.core.error.RunException;

/**
 * How often a run failed after it had gone on from its newest checkpoint ({@code attempts.json}). Two failures of what a checkpoint
 * leads to, not of disk, memory or options, say that something is wrong in it though its hashes are right.
 *
 * @param step of the checkpoint
 * @param failures since it was written
 */
public record Attempts(int step, int failures) {
    /** The file's name in the run directory. */
    public static final String NAME = "attempts.json";

    private static final Attempts NONE = new Attempts(0, 0);
    private static final int MOST = 2;

    /** Reads those of a run; none where the file is missing or damaged. */
    public static Attempts of(Path run) {
        Path file = run.resolve(NAME);
        try {
            return Files.isRegularFile(file) ? Json.parse(Files.readAllBytes(file), Attempts.class) : NONE;
        } catch (IOException damaged) {
            return NONE;
        }
    }

    /**
     * Whether a failure counts: neither disk nor memory nor what a person gave is to blame, nor what a run asks of others, a reward or
     * a cluster, whose failures are told by a {@link RunException} of their own.
     */
    public static boolean counts(Throwable failure) {
        boolean ofState = !(failure instanceof RunException) || failure instanceof NotFiniteException;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            boolean ofContent = cause instanceof JacksonException;
            ofState |= ofContent;
            if ((cause instanceof IOException && !ofContent)
                    || cause instanceof MemoryException
                    || cause instanceof OutOfMemoryError
                    || cause instanceof InputException) {
                return false;
            }
        }
        return ofState;
    }

    /** Returns these after one more failure from the checkpoint of a step. */
    public Attempts afterFailure(int from) {
        return new Attempts(from, from == step ? failures + 1 : 1);
    }

    /** Whether the checkpoint of a step has failed so often that the one before is taken. */
    public boolean areTooMany(int from) {
        return from == step && failures >= MOST;
    }
}
