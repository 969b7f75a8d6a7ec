package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;

/**
 * The matrix products of a decoder without anything between them: what a step's time is compared with. Results belong to the
 * given scope. N rows, D and E widths of keys and values, n and m queries and keys of a block.
 */
public final class ProductKernels {
    private ProductKernels() {}

    /** {@code g W}: {@code g [N, out]}, {@code weight [out, in]}. */
    public static NDArray inputGradient(Scope scope, NDArray g, NDArray weight) {
        Shapes.require("weight", weight, Shapes.last(g), -1);
        return scope.call("input_gradient", g, weight);
    }

    /** {@code g^T x}: {@code g [N, out]}, {@code x [N, in]}. */
    public static NDArray weightGradient(Scope scope, NDArray g, NDArray x) {
        Shapes.require("x", x, g.getShape().get(0), -1);
        return scope.call("weight_gradient", g, x);
    }

    /**
     * What a block of rows reads, the queries of heads that share a key head as rows of one product.
     *
     * @param q {@code [heads, n, D]}
     * @param k {@code [heads, m, D]}
     * @param v {@code [heads, m, E]}
     * @param p {@code [heads, n, m]} in the place of the softmax
     * @param d {@code [heads, n, E]} in the place of the gradient of the result
     */
    public record Block(NDArray q, NDArray k, NDArray v, NDArray p, NDArray d) {
        public Block {
            Shapes.require(
                    "p",
                    p,
                    q.getShape().get(0),
                    q.getShape().get(1),
                    k.getShape().get(1));
        }
    }

    /** The two products of a block's attention. */
    public static void attention(Scope scope, Block block) {
        scope.callAll("attention_products", block.q(), block.k(), block.v(), block.p());
    }

    /** Computes the four products of the backward of a block's attention. */
    public static void attentionGradients(Scope scope, Block block) {
        scope.callAll("attention_gradients", block.q(), block.k(), block.v(), block.p(), block.d());
    }
}
