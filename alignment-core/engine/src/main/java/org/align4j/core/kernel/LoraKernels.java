package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/**
 * The arithmetic of low-rank pairs: a {@code [rank, in]}, b {@code [out, rank]} beside a weight {@code [out, in]}, or
 * {@code [in, out]} where it is transposed. Every result belongs to the given scope; scalings are {@link Scope#number numbers}.
 */
public final class LoraKernels {
    private LoraKernels() {}

    /** {@code y + scaling * B(A x)} of {@code y [N, out]} and {@code x [N, in]} (Hu et al. 2021, section 4.1). */
    public static NDArray add(Scope scope, NDArray y, NDArray x, NDArray a, NDArray b, NDArray scaling) {
        requirePair(a, b, Shapes.last(x), Shapes.last(y));
        return scope.call("lora", y, x, a, b, scaling);
    }

    /** Adds {@code scaling * B(A x)} into {@code y} itself, which nobody else needs. */
    public static NDArray addInto(Scope scope, NDArray y, NDArray x, NDArray a, NDArray b, NDArray scaling) {
        requirePair(a, b, Shapes.last(x), Shapes.last(y));
        return scope.call("lora_into", y, x, a, b, scaling);
    }

    /** {@code y + scaling * B(A x)} in fp32, the second product and the sum too; an fp32 {@code y} is overwritten. */
    public static NDArray addWide(Scope scope, NDArray y, NDArray x, NDArray a, NDArray b, NDArray scaling) {
        requirePair(a, b, Shapes.last(x), Shapes.last(y));
        return scope.call("lora_wide", y, x, a, b, scaling);
    }

    /**
     * {@code y + scaling * (B(A x) + b0(a0 x0))} in one sum.
     *
     * @param x {@code [N, in]}, dropped
     * @param x0 {@code [N, in]}
     * @param a0 {@code [rank, in]}
     * @param b0 {@code [out, rank]}
     */
    public static NDArray addFromStart(
            Scope scope,
            NDArray y,
            NDArray x,
            NDArray a,
            NDArray b,
            NDArray x0,
            NDArray a0,
            NDArray b0,
            NDArray scaling) {
        requirePair(a, b, Shapes.last(x), Shapes.last(y));
        requirePair(a0, b0, Shapes.last(x), Shapes.last(y));
        return scope.call("lora_from_start", y, x, a, b, x0, a0, b0, scaling);
    }

    /**
     * {@code y + scaling * B(A's columns)} for an embedding.
     *
     * @param y {@code [N, out]}
     * @param ids {@code [N]} int64
     * @param a {@code [rank, entries]}
     */
    public static NDArray addRows(Scope scope, NDArray y, NDArray ids, NDArray a, NDArray b, NDArray scaling) {
        requirePair(a, b, -1, Shapes.last(y));
        return scope.call("lora_rows", y, ids, a, b, scaling);
    }

    /** {@code [out]} fp32 squared norms of a weight's outputs. */
    public static NDArray squares(Scope scope, NDArray weight, boolean transposed) {
        Shapes.require("weight", weight, -1, -1);
        return scope.call("output_squares", weight, scope.places(transposed ? 1 : 0));
    }

    /**
     * {@code [out]} fp32 norms of the outputs of {@code W + scaling * B A}, constants in the gradient, without ever holding
     * the sum: {@code |W|² + 2 s <W, B A> + s² |B A|²} by rows.
     *
     * @param squares {@code |W|²} of {@link #squares}
     */
    public static NDArray norms(
            Scope scope, NDArray weight, NDArray squares, NDArray a, NDArray b, NDArray scaling, boolean transposed) {
        requirePair(
                a,
                b,
                weight.getShape().get(transposed ? 0 : 1),
                weight.getShape().get(transposed ? 1 : 0));
        return scope.call("output_norms", weight, squares, a, b, scaling, scope.places(transposed ? 1 : 0));
    }

    /** {@code y * magnitudes / norms} by column, multiplied in fp32, in the dtype of {@code y [N, out]}. */
    public static NDArray scaled(Scope scope, NDArray y, NDArray magnitudes, NDArray norms) {
        Shapes.require("magnitudes", magnitudes, Shapes.last(y));
        Shapes.requireSame("norms", norms, "magnitudes", magnitudes);
        return scope.call("scaled_outputs", y, magnitudes, norms);
    }

    /** {@code z + (y - through)}. */
    public static NDArray addDifference(Scope scope, NDArray z, NDArray y, NDArray through) {
        Shapes.requireSame("y", y, "z", z);
        Shapes.requireSame("through", through, "z", z);
        return scope.call("add_difference", z, y, through);
    }

    /** {@code W + scaling * B A}, fp32, lying as W does. */
    public static NDArray merge(
            Scope scope, NDArray weight, NDArray a, NDArray b, NDArray scaling, boolean transposed) {
        requirePair(
                a,
                b,
                weight.getShape().get(transposed ? 0 : 1),
                weight.getShape().get(transposed ? 1 : 0));
        return scope.call("merge_pair", weight, a, b, scaling, scope.places(transposed ? 1 : 0));
    }

    /** {@code weight * magnitudes / norms} by output. */
    public static NDArray scaledWeight(
            Scope scope, NDArray weight, NDArray magnitudes, NDArray norms, boolean transposed) {
        Shapes.require("magnitudes", magnitudes, weight.getShape().get(transposed ? 1 : 0));
        return scope.call("scaled_weight", weight, magnitudes, norms, scope.places(transposed ? 1 : 0));
    }

    /**
     * A pair whose product times the scaling is the weight's best approximation of its rank: the leading singular vectors, each
     * with the root of its value (PiSSA, Meng et al. 2024). Of each vector's two signs, that of a positive largest entry.
     */
    public static Pair singular(Scope scope, NDArray weight, int rank, double scaling, boolean transposed) {
        return pair(scope.callAll(
                "singular_pair", weight, scope.places(rank), scope.number(scaling), scope.places(transposed ? 1 : 0)));
    }

    /**
     * A pair of the first columns of Q and rows of R, the weight being QR (OLoRA, Büyükakyüz 2024), with a positive diagonal of R.
     */
    public static Pair orthonormal(Scope scope, NDArray weight, int rank, boolean transposed) {
        return pair(scope.callAll("orthonormal_pair", weight, scope.places(rank), scope.places(transposed ? 1 : 0)));
    }

    /** A {@code [rank, in]} and B {@code [out, rank]}, fp32. */
    public record Pair(NDArray a, NDArray b) {}

    private static Pair pair(NDList tensors) {
        return new Pair(tensors.get(0), tensors.get(1));
    }

    private static void requirePair(NDArray a, NDArray b, long in, long out) {
        Shapes.require("a", a, -1, in);
        Shapes.require("b", b, out, a.getShape().get(0));
    }
}
