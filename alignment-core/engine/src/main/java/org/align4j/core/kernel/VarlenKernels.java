package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;

/**
 * Causal attention of a whole pack in one call of the library's kernels for sequences of several lengths, which exist on GPUs alone.
 * {@link DecoderKernels#attend} does the same block after block on every device. N packed rows, B blocks, T keys of all blocks.
 */
public final class VarlenKernels {
    private VarlenKernels() {}

    /**
     * Holds which rows and keys each attention block consists of.
     *
     * @param queries {@code [B + 1]} int32 on the device: where each block's rows begin; last, where all end
     * @param keys {@code [B + 1]} int32 on the device: the same among the keys of all blocks laid end to end
     * @param rows {@code [T]} int64 on the device: the row that each key is taken from; without elements where the keys are the N rows
     * @param longest {@code [2]} int64 on the CPU: rows, and keys, of the longest block
     */
    public record BlockBounds(NDArray queries, NDArray keys, NDArray rows, NDArray longest) {
        public BlockBounds {
            Shapes.requireSame("queries", queries, "keys", keys);
            Shapes.require("longest", longest, 2);
        }
    }

    /**
     * Attends in bf16 or fp16 (FlashAttention 2, Dao 2023).
     *
     * @param q {@code [heads, N, D]}, D a multiple of 8 up to 256
     * @param k {@code [kv heads, N, D]}
     * @param v {@code [kv heads, N, D]}
     * @param scaling a {@link Scope#number number}
     * @param window tokens that a row sees, itself counted; 0: all before it
     * @return {@code [heads, N, D]}
     */
    public static NDArray flash(
            Scope scope, NDArray q, NDArray k, NDArray v, BlockBounds seen, NDArray scaling, int window) {
        require(q, k, v);
        return scope.call(
                "attend_flash",
                q,
                k,
                v,
                seen.queries(),
                seen.keys(),
                seen.rows(),
                seen.longest(),
                scaling,
                scope.places(window));
    }

    /** Attends in fp32 (Rabe and Staats 2021), everything before a row seen; shapes as in {@link #flash}. */
    public static NDArray efficient(Scope scope, NDArray q, NDArray k, NDArray v, BlockBounds seen, NDArray scaling) {
        require(q, k, v);
        return scope.call(
                "attend_efficient", q, k, v, seen.queries(), seen.keys(), seen.rows(), seen.longest(), scaling);
    }

    private static void require(NDArray q, NDArray k, NDArray v) {
        Shapes.require("k", k, -1, q.getShape().get(1), Shapes.last(q));
        Shapes.requireSame("k", k, "v", v);
    }
}
