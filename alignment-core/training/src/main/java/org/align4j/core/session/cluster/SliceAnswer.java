package org.align4j.core.session.cluster;

import java.io.Serializable;
import java.util.List;
import org.align4j.core.error.MemoryException;
import org.align4j.core.error.RunException;
import org.jspecify.annotations.Nullable;

/**
 * What became of a slice on an executor. What a person must know is an answer too: Spark would take a failed task again and again.
 *
 * @param answers one per forward; empty where the slice was refused or not taken
 * @param gradients the sums over the slice; null where none are wanted, the executor holds them, or the slice was refused
 * @param refusal null where it was taken
 * @param lacksValues whether the slice was not taken because the executor has no values of this round
 * @param host of the executor
 * @param executor its number
 * @param nanos of its forwards and backwards
 */
public record SliceAnswer(
        List<Serializable> answers,
        @Nullable NumberSegments gradients,
        @Nullable Refusal refusal,
        boolean lacksValues,
        String host,
        String executor,
        long nanos)
        implements Serializable {

    /** Returns what the driver throws where the slice was refused; null where it wasn't. */
    public @Nullable RunException failure() {
        if (refusal == null) {
            return null;
        }
        RunException failure = new RunException(host + ": " + refusal.message());
        return refusal.memory() ? new MemoryException(failure) : failure;
    }

    /**
     * Why a slice was not taken.
     *
     * @param memory whether smaller forwards may help
     * @param message for a person
     */
    public record Refusal(boolean memory, String message) implements Serializable {}
}
