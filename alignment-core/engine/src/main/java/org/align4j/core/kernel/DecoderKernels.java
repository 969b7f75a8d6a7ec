package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The parts decoders are made of, as typed kernel calls. N packed tokens, H hidden, D head dimension; every result belongs
 * to the given scope and has the dtype of its first argument.
 */
public final class DecoderKernels {
    private DecoderKernels() {}

    /**
     * Looks up rows of an embedding table.
     *
     * @param table {@code [V, H]}
     * @param ids {@code [N]} int64
     * @return {@code [N, H]}
     */
    public static NDArray embed(Scope scope, NDArray table, NDArray ids) {
        Shapes.require("table", table, -1, -1);
        Shapes.require("ids", ids, -1);
        return scope.call("embed", table, ids);
    }

    /** Rows {@code [R]} int64 of {@code [N, H]}, as {@code [R, H]}. */
    public static NDArray gatherRows(Scope scope, NDArray table, NDArray rows) {
        Shapes.require("table", table, -1, -1);
        Shapes.require("rows", rows, -1);
        return scope.call("gather_rows", table, rows);
    }

    /** Rows from {@code begin} to before {@code end} of a tensor; no copy. */
    public static NDArray rowRange(Scope scope, NDArray x, int begin, int end) {
        return scope.call("row_range", x, scope.places(begin), scope.places(end));
    }

    /** The sum of two tensors of one shape. */
    public static NDArray add(Scope scope, NDArray x, NDArray y) {
        Shapes.requireSame("x", x, "y", y);
        return scope.call("add", x, y);
    }

    /** {@code x [N, out]} plus a bias {@code [out]}. */
    public static NDArray addBias(Scope scope, NDArray x, NDArray bias) {
        Shapes.require("bias", bias, Shapes.last(x));
        return scope.call("add", x, bias);
    }

    /** Returns {@code x} times a number. */
    public static NDArray scale(Scope scope, NDArray x, NDArray factor) {
        return scope.call("scale", x, factor);
    }

    /** {@code x} times a number, which is rounded to the dtype of {@code x} first. */
    public static NDArray scaleRounded(Scope scope, NDArray x, NDArray factor) {
        return scope.call("scale_rounded", x, factor);
    }

    /**
     * Root-mean-square norm over the last axis.
     *
     * @param x {@code [..., H]}
     * @param weight {@code [H]}
     * @param epsilon a {@link Scope#number number}
     */
    public static NDArray rmsNorm(Scope scope, NDArray x, NDArray weight, NDArray epsilon) {
        Shapes.require("weight", weight, Shapes.last(x));
        return scope.call("rms_norm", x, weight, epsilon);
    }

    /**
     * Root-mean-square norm over the last axis, multiplied by {@code offset + weight} in fp32 before it is rounded.
     *
     * @param x {@code [..., H]}
     * @param weight {@code [H]}
     * @param epsilon a {@link Scope#number number}
     * @param offset a {@link Scope#number number}
     */
    public static NDArray wideRmsNorm(Scope scope, NDArray x, NDArray weight, NDArray epsilon, NDArray offset) {
        Shapes.require("weight", weight, Shapes.last(x));
        return scope.call("rms_norm_wide", x, weight, epsilon, offset);
    }

    /** Root-mean-square norm over the last axis without a weight; {@code epsilon} is a {@link Scope#number number}. */
    public static NDArray unitRms(Scope scope, NDArray x, NDArray epsilon) {
        return scope.call("rms_unit", x, epsilon);
    }

    /**
     * Layer norm over the last axis (Ba et al. 2016).
     *
     * @param x {@code [..., H]}
     * @param weight {@code [H]}
     * @param bias {@code [H]}
     * @param epsilon a {@link Scope#number number}
     */
    public static NDArray layerNorm(Scope scope, NDArray x, NDArray weight, NDArray bias, NDArray epsilon) {
        Shapes.require("weight", weight, Shapes.last(x));
        Shapes.require("bias", bias, Shapes.last(x));
        return scope.call("layer_norm", x, weight, bias, epsilon);
    }

    /** {@link #layerNorm(Scope, NDArray, NDArray, NDArray, NDArray)} without a bias. */
    public static NDArray layerNorm(Scope scope, NDArray x, NDArray weight, NDArray epsilon) {
        Shapes.require("weight", weight, Shapes.last(x));
        return scope.call("layer_norm_unbiased", x, weight, epsilon);
    }

    /** A matrix turned round; no copy. */
    public static NDArray transposed(Scope scope, NDArray matrix) {
        Shapes.require("matrix", matrix, -1, -1);
        return scope.call("transposed", matrix);
    }

    /** Columns from {@code begin} to before {@code end} of the last axis; no copy. */
    public static NDArray columns(Scope scope, NDArray x, int begin, int end) {
        if (end > Shapes.last(x)) {
            throw new IllegalArgumentException("x has " + Shapes.last(x) + " columns, no column " + (end - 1) + ".");
        }
        return scope.call("columns", x, scope.places(begin), scope.places(end));
    }

    /**
     * Returns {@code x W^T}.
     *
     * @param x {@code [N, in]}
     * @param weight {@code [out, in]}
     * @return {@code [N, out]}
     */
    public static NDArray linear(Scope scope, NDArray x, NDArray weight) {
        Shapes.require("weight", weight, -1, Shapes.last(x));
        return scope.call("linear", x, weight);
    }

    /** {@link #linear} plus a bias {@code [out]}. */
    public static NDArray linear(Scope scope, NDArray x, NDArray weight, NDArray bias) {
        Shapes.require("weight", weight, -1, Shapes.last(x));
        Shapes.require("bias", bias, weight.getShape().get(0));
        return scope.call("linear_bias", x, weight, bias);
    }

    /** Applies inverted dropout; the mask follows from the seed alone. */
    public static NDArray dropout(Scope scope, NDArray x, double rate, long seed) {
        return scope.engine().drawing(() -> scope.call("dropout", x, scope.number(rate), scope.seed(seed)));
    }

    /** {@code [N, heads * D]} as {@code [heads, N, D]}. */
    public static NDArray splitHeads(Scope scope, NDArray x, int headDimension) {
        if (Shapes.last(x) % headDimension != 0) {
            throw new IllegalArgumentException(
                    "x has " + Shapes.last(x) + " columns, no multiple of the head dimension " + headDimension + ".");
        }
        return scope.call("split_heads", x, scope.places(headDimension));
    }

    /** {@code [heads, N, D]} as {@code [N, heads * D]}. */
    public static NDArray mergeHeads(Scope scope, NDArray x) {
        Shapes.require("x", x, -1, -1, -1);
        return scope.call("merge_heads", x);
    }

    /**
     * Rotary position embedding, halves rotated (Su et al. 2021, in the layout of Llama checkpoints).
     *
     * @param x {@code [heads, N, D]}
     * @param cos {@code [N, W / 2]}, W at most D: the dimensions beyond W stay as they are
     * @param sin {@code [N, W / 2]}
     */
    public static NDArray rope(Scope scope, NDArray x, NDArray cos, NDArray sin) {
        requireAngles(x, cos, sin);
        return scope.call("rope", x, cos, sin);
    }

    /**
     * Rotary position embedding of neighbouring dimensions (Su et al. 2021, as first written); the first of every pair come out
     * first, then the second ones.
     *
     * @param x {@code [heads, N, D]}
     * @param cos {@code [N, W / 2]}, W at most D: the dimensions beyond W stay as they are
     * @param sin {@code [N, W / 2]}
     */
    public static NDArray ropePairs(Scope scope, NDArray x, NDArray cos, NDArray sin) {
        requireAngles(x, cos, sin);
        return scope.call("rope_pairs", x, cos, sin);
    }

    private static void requireAngles(NDArray x, NDArray cos, NDArray sin) {
        Shapes.require("cos", cos, x.getShape().get(1), -1);
        if (2 * Shapes.last(cos) > Shapes.last(x)) {
            throw new IllegalArgumentException(
                    "A head of " + Shapes.last(x) + " can't be rotated in " + 2 * Shapes.last(cos) + " dimensions.");
        }
        Shapes.requireSame("cos", cos, "sin", sin);
    }

    /** {@code [heads, N, A]} and {@code [heads or 1, N, B]} side by side, {@code [heads, N, A + B]}. */
    public static NDArray joinHeads(Scope scope, NDArray a, NDArray b) {
        Shapes.require("b", b, -1, a.getShape().get(1), -1);
        return scope.call("join_heads", a, b);
    }

    /** {@code [heads, N, D]} times a number of each position {@code [N, 1]} fp32. */
    public static NDArray scalePositions(Scope scope, NDArray x, NDArray factors) {
        Shapes.require("factors", factors, x.getShape().get(1), 1);
        return scope.call("scale_positions", x, factors);
    }

    /**
     * Causal attention over packed sequences, each block of rows seeing its shared prefix and itself.
     *
     * @param q {@code [heads, N, D]}
     * @param k {@code [kv heads, N, D]}
     * @param v {@code [kv heads, N, E]}
     * @param mask {@code [M, M]} fp32, additive, M at least the longest prefix + block that is held whole, rounded up twice to
     *     the grain
     * @param blocks {@code [B, 4]} int64 on the CPU: first row, end row, first prefix row, end prefix row; in row order
     * @param reach {@code [5]} int64 on the CPU: the grain, the longest block that is held whole, the rows of a
     *     tile, the kind of reach (0 all before, 1 a window, 2 a chunk) and its size
     * @param scaling a {@link Scope#number number}
     * @param scoreCap a {@link Scope#number number}; 0: scores are not capped
     * @return {@code [heads, N, E]}
     */
    public static NDArray attend(
            Scope scope,
            NDArray q,
            NDArray k,
            NDArray v,
            NDArray mask,
            NDArray blocks,
            NDArray reach,
            NDArray scaling,
            NDArray scoreCap) {
        Shapes.require("k", k, -1, q.getShape().get(1), -1);
        Shapes.require("blocks", blocks, -1, 4);
        return scope.call("attend", q, k, v, mask, blocks, reach, scaling, scoreCap);
    }

    /**
     * Holds the queries, keys and values of attention.
     *
     * @param queries {@code [heads, N, D]}
     * @param keys {@code [kv heads, N, D]}
     * @param values {@code [kv heads, N, E]}
     */
    public record Heads(NDArray queries, NDArray keys, NDArray values) {}

    /**
     * Computes the gradients of {@link #attend}, every block by tiles.
     *
     * @param d {@code [heads, N, E]} the gradient of its result
     * @return the gradients of queries, keys and values, of their shapes
     */
    public static List<NDArray> attendGradients(
            Scope scope, NDArray d, Heads heads, NDArray blocks, NDArray reach, NDArray scaling, NDArray scoreCap) {
        return scope.callAll(
                "attend_gradients", d, heads.queries(), heads.keys(), heads.values(), blocks, reach, scaling, scoreCap);
    }

    /** Returns {@code x * sigmoid(x)}. */
    public static NDArray silu(Scope scope, NDArray x) {
        return scope.call("silu", x);
    }

    /** {@code x * Phi(x)}, Phi the normal distribution (Hendrycks and Gimpel 2016). */
    public static NDArray gelu(Scope scope, NDArray x) {
        return scope.call("gelu", x);
    }

    /** GELU with the distribution taken as {@code (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}. */
    public static NDArray geluTanh(Scope scope, NDArray x) {
        return scope.call("gelu_tanh", x);
    }

    /** Returns {@code max(x, 0)}. */
    public static NDArray relu(Scope scope, NDArray x) {
        return scope.call("relu", x);
    }

    /** The product of two tensors of one shape. */
    public static NDArray multiply(Scope scope, NDArray x, NDArray y) {
        Shapes.requireSame("x", x, "y", y);
        return scope.call("multiply", x, y);
    }

    /** {@code silu(gate) * up} (Shazeer 2020). */
    public static NDArray swiglu(Scope scope, NDArray gate, NDArray up) {
        Shapes.requireSame("gate", gate, "up", up);
        return scope.call("swiglu", gate, up);
    }
}
