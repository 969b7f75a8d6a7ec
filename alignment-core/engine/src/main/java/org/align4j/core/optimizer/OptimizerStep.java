package org.align4j.core.optimizer;

import java.util.Optional;

/** The trainable weights and their optimizer, as the training loop sees them. */
public interface OptimizerStep {
    /** Added to the norm that a clip divides by, as torch does. */
    double CLIP_EPSILON = 1e-6;

    /** Returns what gradients are multiplied by so that their L2 norm is at most {@code largest}: at most 1. */
    static double clip(double largest, double gradientNorm) {
        return Math.min(1, largest / (gradientNorm + CLIP_EPSILON));
    }

    /** Returns the L2 norm over all gradients, before clipping; not finite where any gradient is not. Changes nothing. */
    double gradientNorm();

    /**
     * Names a weight or a moment that is no number any more, as {@code The first moment of NAME}; empty where all are sound.
     * Changes nothing.
     */
    default Optional<String> damage() {
        return Optional.empty();
    }

    /**
     * Moves the trainable weights by one optimizer step. Whole or not at all: must not ask for the stop signal between its
     * kernels.
     *
     * @param learningRate this step's rate, may be 0
     * @param gradientScale what every gradient is multiplied by first: at most 1, from clipping
     */
    void apply(double learningRate, double gradientScale);
}
