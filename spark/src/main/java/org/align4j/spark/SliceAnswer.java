package org.align4j.spark;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a slice on an executor. What a person must know is an answer too: Spark would take a failed task again and again.
 *
 * @param answers one per forward; empty where the slice was refused
 * @param gradients the sums over the slice; null where none are wanted or the slice was refused
 * @param refusal null where it was taken
 * @param host of the executor
 * @param nanos of its forwards and backwards
 */
record SliceAnswer(
        List<Serializable> answers,
        @Nullable Numbers gradients,
        @Nullable Refusal refusal,
        String host,
        long nanos) implements Serializable {

    /**
     * Why a slice was not taken.
     *
     * @param memory whether smaller forwards may help
     * @param message for a person
     */
    record Refusal(boolean memory, String message) implements Serializable {}
}
