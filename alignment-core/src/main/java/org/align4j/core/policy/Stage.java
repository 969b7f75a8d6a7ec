package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/** A part of the decoder's body between two hidden states {@code [N, H]}: a layer, or the norm after the last. */
interface Stage {

    /** The stage's output, which belongs to {@code scope}; temporaries are closed. */
    NDArray apply(Scope scope, NDArray x);

    /**
     * What a stage gave, and what of the way to it is remembered for {@link #again}.
     *
     * @param attended null: nothing
     */
    record Passed(NDArray output, @Nullable NDArray attended) {}

    /** Runs the stage as {@link #apply} does, to be run {@link #again}. */
    default Passed pass(Scope scope, NDArray x) {
        return new Passed(apply(scope, x), null);
    }

    /**
     * Makes a run for its backward alone, whose output nobody asks for: as {@link #record} does, from what {@link #pass} remembered.
     *
     * @param attended null: nothing was
     */
    default Run again(Scope scope, NDArray x, boolean through, @Nullable NDArray attended) {
        return record(scope, x, through);
    }

    /**
     * Runs the stage as {@link #apply} does, bit by bit, and keeps what a backward needs.
     *
     * @param scope owns it until the backward is done
     * @param x lives as long
     * @param through whether {@code x} is to have a gradient
     */
    Run record(Scope scope, NDArray x, boolean through);

    /** A stage that was run to be differentiated. */
    interface Run {
        NDArray output();

        /**
         * Adds the gradients of the stage's trained tensors.
         *
         * @param dy d loss / d output
         * @return d loss / d input, which belongs to {@code scope}; null where that was not asked for
         */
        @Nullable
        NDArray backward(Scope scope, NDArray dy, Trainables trainables);
    }
}
