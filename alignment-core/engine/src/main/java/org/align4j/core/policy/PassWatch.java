package org.align4j.core.policy;

import org.align4j.core.pack.PackedBatch;

/** Follows one pass from move to move, for those who measure; see {@link Policy#watch}. */
@FunctionalInterface
public interface PassWatch {

    /** What a pass has just come to, in this order; a pass without a backward leaves {@link #DIFFERENTIATING} out. */
    enum PassPhase {
        /** The layers have run. */
        HIDDEN,
        /** The scores are there, with their gradients by the hidden states where the head is frozen. */
        SCORED,
        /** A backward begins. */
        DIFFERENTIATING,
        /** All is done. */
        CLOSED
    }

    /** Notes a moment, on the thread of the pass. */
    void reached(PassPhase moment);

    /** Gives each pass its watch when it begins, on its thread. */
    @FunctionalInterface
    interface Source {
        /** Watches nothing. */
        Source NONE = batch -> moment -> {};

        PassWatch begin(PackedBatch batch);
    }
}
