package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** The arithmetic of an optimizer step, over all parameters at once. */
public final class OptimizerKernels {
    private OptimizerKernels() {}

    /** The numbers of one AdamW step (Loshchilov and Hutter 2017). {@code step} counts from 1. */
    public record AdamWNumbers(
            long step, double learningRate, double beta1, double beta2, double weightDecay, double epsilon) {}

    /** Sets every tensor to zero. */
    public static void zero(Scope scope, TensorList tensors) {
        scope.call("zero_all", arguments(tensors));
    }

    /** Adds each tensor to its sum. */
    public static void addAll(Scope scope, TensorList sums, TensorList tensors) {
        scope.call("add_all", arguments(sums, tensors));
    }

    /** The L2 norm over all elements of all tensors, the last sum in float64. */
    public static double globalNorm(Scope scope, TensorList tensors) {
        return scope.call("global_norm", arguments(tensors)).getDouble();
    }

    /**
     * True where every number is one that AdamW can have left: finite, and no second moment below 0. Reads them once.
     *
     * @param parameters fp32
     * @param firstMoments one per parameter
     * @param secondMoments one per parameter
     */
    public static boolean areSound(
            Scope scope, TensorList parameters, TensorList firstMoments, TensorList secondMoments) {
        return scope.call("all_sound", arguments(parameters, firstMoments, secondMoments))
                .getBoolean();
    }

    /** Multiplies every tensor by a number. */
    public static void scale(Scope scope, TensorList tensors, double factor) {
        NDList arguments = arguments(tensors);
        arguments.add(scope.numbers(factor));
        scope.call("scale_all", arguments);
    }

    /**
     * One decoupled AdamW update in place: decay first, epsilon added after the root of the corrected second moment.
     *
     * @param parameters fp32
     * @param gradients one per parameter
     * @param firstMoments updated in place
     * @param secondMoments updated in place
     */
    public static void adamw(
            Scope scope,
            TensorList parameters,
            TensorList gradients,
            TensorList firstMoments,
            TensorList secondMoments,
            AdamWNumbers n) {
        NDList arguments = arguments(parameters, gradients, firstMoments, secondMoments);
        NDArray numbers =
                scope.numbers((double) n.step(), n.learningRate(), n.beta1(), n.beta2(), n.weightDecay(), n.epsilon());
        arguments.add(numbers);
        scope.call("adamw", arguments);
    }

    static NDList arguments(TensorList... lists) {
        NDList arguments = new NDList();
        for (TensorList list : lists) {
            if (list.isEmpty()) {
                throw new IllegalArgumentException("A list argument of a kernel must not be empty.");
            }
            arguments.addAll(list.members());
        }
        return arguments;
    }
}
