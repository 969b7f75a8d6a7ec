package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;

/** A head of scores on hidden states, in fp32 whatever the compute dtype. R rows read, L scores per row, H hidden. */
public final class ScoreKernels {
    private ScoreKernels() {}

    /**
     * Computes the scores {@code [R, L]} fp32 of a head of scores.
     *
     * @param hidden {@code [R, H]}
     * @param weight {@code [L, H]}
     * @param bias {@code [L]}
     */
    public static NDArray scores(Scope scope, NDArray hidden, NDArray weight, NDArray bias) {
        requireShapes(hidden, weight, bias);
        return scope.call("row_scores", hidden, weight, bias);
    }

    /**
     * Computes the gradient of {@link #scores}.
     *
     * @param gradient {@code [R, L]} fp32 d loss / d score
     * @param weightGradient {@code [L, H]} fp32, added to
     * @param biasGradient {@code [L]} fp32, added to
     * @return {@code [R, H]} fp32 d loss / d hidden
     */
    public static NDArray backward(
            Scope scope,
            NDArray hidden,
            NDArray weight,
            NDArray gradient,
            NDArray weightGradient,
            NDArray biasGradient) {
        requireShapes(hidden, weightGradient, biasGradient);
        Shapes.requireSame("weight", weight, "weightGradient", weightGradient);
        Shapes.require(
                "gradient",
                gradient,
                hidden.getShape().get(0),
                weight.getShape().get(0));
        return scope.call("row_scores_backward", hidden, weight, gradient, weightGradient, biasGradient);
    }

    private static void requireShapes(NDArray hidden, NDArray weight, NDArray bias) {
        Shapes.require("hidden", hidden, -1, weight.getShape().get(1));
        Shapes.require("bias", bias, weight.getShape().get(0));
    }
}
