package org.align4j.core.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import org.jspecify.annotations.Nullable;

/**
 * A layer of the commonest shape in one call, and its backward written out: a norm before attention and one before a gated mlp with
 * SiLU, low-rank pairs added to frozen products. The forward has the bits of the layer's parts one by one, the backward needs no graph.
 */
public final class LayerKernels {
    private LayerKernels() {}

    /**
     * Holds the weights and sizes of a layer.
     *
     * @param weights {@value StepKernels.Layers#LAYER_TENSORS} tensors as {@link StepKernels.Layers} has them
     * @param numbers {@code [13]} likewise
     * @param sizes {@code [2]} int64 on the CPU: width of a query and a key, width of a value
     */
    public record Layer(TensorList weights, NDArray numbers, NDArray sizes) {
        /** How often a layer's products come: the length of what {@link #backward} adds to is twice that. */
        private static final int PRODUCTS = 7;

        public Layer {
            Shapes.require("numbers", numbers, 13);
            Shapes.require("sizes", sizes, 2);
            if (weights.size() != StepKernels.Layers.LAYER_TENSORS) {
                throw new IllegalArgumentException("A layer was given " + weights.size() + " tensors.");
            }
        }
    }

    /**
     * The places of rows and what they see, as for {@link DecoderKernels#attend} and {@link DecoderKernels#rope}.
     *
     * @param rotation cosine and sine {@code [N, W / 2]}; both without elements where positions are not put in
     */
    public record AttentionInputs(NDArray mask, NDArray blocks, NDArray reach, TensorList rotation) {}

    /**
     * Holds a layer's result and what its backward reads.
     *
     * @param input {@code [N, H]} what the layer was given
     * @param output {@code [N, H]}; without elements where it was not asked for
     * @param rest in the kernel's order
     */
    public record SavedForward(NDArray input, NDArray output, TensorList rest) {}

    /**
     * A result and what is remembered of the way to it.
     *
     * @param output {@code [N, H]}
     * @param attended {@code [N, heads * E]} attention's result
     */
    public record Remembered(NDArray output, NDArray attended) {}

    /** What a forward gives, and the kernel's number for it. */
    private enum Outputs {
        RESULT(0),
        ALL(1),
        RESULT_AND_ATTENTION(2),
        ALL_BUT_RESULT(3);

        private final int number;

        Outputs(int number) {
            this.number = number;
        }
    }

    /** Runs a layer, {@code [N, H]} to {@code [N, H]}. */
    public static NDArray apply(Scope scope, NDArray x, Layer layer, AttentionInputs seen) {
        return forward(scope, x, layer, seen, null, Outputs.RESULT).singletonOrThrow();
    }

    /** Runs a layer and remembers attention's result for {@link #again}; both belong to {@code scope}. */
    public static Remembered remembering(Scope scope, NDArray x, Layer layer, AttentionInputs seen) {
        NDList both = forward(scope, x, layer, seen, null, Outputs.RESULT_AND_ATTENTION);
        return new Remembered(both.get(0), both.get(1));
    }

    /** Runs a layer and keeps what {@link #backward} reads; all of it belongs to {@code scope}. */
    public static SavedForward keeping(Scope scope, NDArray x, Layer layer, AttentionInputs seen) {
        return kept(x, forward(scope, x, layer, seen, null, Outputs.ALL));
    }

    /**
     * Makes again what {@link #backward} reads of a layer that ran before, without its result.
     *
     * @param attended what {@link #remembering} gave; null: attention is computed again
     */
    public static SavedForward again(
            Scope scope, NDArray x, Layer layer, AttentionInputs seen, @Nullable NDArray attended) {
        return kept(x, forward(scope, x, layer, seen, attended, Outputs.ALL_BUT_RESULT));
    }

    private static SavedForward kept(NDArray x, NDList all) {
        return new SavedForward(x, all.get(0), TensorList.named("kept", all.subNDList(1)));
    }

    private static NDList forward(
            Scope scope, NDArray x, Layer layer, AttentionInputs seen, @Nullable NDArray attended, Outputs asked) {
        NDList arguments = new NDList(x);
        arguments.addAll(layer.weights().members());
        arguments.add(layer.numbers());
        arguments.add(seen.mask());
        arguments.add(seen.blocks());
        arguments.add(seen.reach());
        arguments.addAll(seen.rotation().members());
        arguments.add(layer.sizes());
        arguments.add(attended == null ? scope.zeros(0) : attended);
        arguments.add(scope.places(asked.number));
        return scope.callAll("layer_forward", arguments);
    }

    /**
     * Adds the gradients of the low-rank pairs to the buffers.
     *
     * @param dy {@code [N, H]}
     * @param kept of {@link #keeping} or {@link #again} with the same layer and rows
     * @param buffers fp32, one each for a and b of every product; without elements where there is no pair
     * @param through whether the input has a gradient too
     * @return that gradient {@code [N, H]}; null where it has none
     */
    public static @Nullable NDArray backward(
            Scope scope,
            NDArray dy,
            SavedForward kept,
            Layer layer,
            TensorList buffers,
            AttentionInputs seen,
            boolean through) {
        if (buffers.size() != 2 * Layer.PRODUCTS) {
            throw new IllegalArgumentException("A layer's backward was given " + buffers.size() + " buffers.");
        }
        NDList arguments = new NDList(dy, kept.input());
        arguments.addAll(OptimizerKernels.arguments(kept.rest(), layer.weights(), buffers));
        arguments.add(layer.numbers());
        arguments.add(seen.blocks());
        arguments.add(seen.reach());
        arguments.addAll(seen.rotation().members());
        arguments.add(layer.sizes());
        arguments.add(scope.places(through ? 1 : 0));
        NDArray dx = scope.call("layer_backward", arguments);
        return through ? dx : null;
    }
}
