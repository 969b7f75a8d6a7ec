package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/** A part of the decoder's body between two hidden states {@code [N, H]}: a layer, or the norm after the last. */
interface Stage {

    /** The stage's output, which belongs to {@code scope}; temporaries are closed. */
    NDArray apply(Scope scope, NDArray x);

    /**
     * Runs the stage to the same bits and keeps what its backward needs.
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
