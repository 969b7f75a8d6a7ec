package org.align4j.core.kernel;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes a decoding step's layers in one call, and products of few rows with weights that were arranged for them. The CPU's
 * library (oneDNN) then reads a weight about twice as fast, which is what few rows wait for.
 */
public final class StepKernels {
    /** Rows and columns of the matrix with which a processor is tried. */
    private static final int TRIAL = 32;

    private StepKernels() {}

    /**
     * What a step reads of all layers, made once. Those have a norm before attention and one before a gated mlp with SiLU.
     *
     * @param weights those that are there, and one without elements
     * @param which {@code [layers * 32]} int64 on the CPU: which of the weights is at each place
     * @param arranged whether the layers' weights are those of {@link #arrange}
     * @param numbers {@code [layers * 13]} float64 on the CPU: epsilons of the norms, scaling and cap of the scores, scalings of the
     *     pairs
     * @param choices {@code [layers * 2]} int64 on the CPU: the place of the layer's mask among what all share, and that of its
     *     cosine, which its sine follows, or -1
     */
    public record Layers(TensorList weights, NDArray which, boolean arranged, NDArray numbers, NDArray choices) {
        /** Tensors of one layer. */
        public static final int LAYER_TENSORS = 32;

        /** Tensors of one product of a layer. */
        public static final int PRODUCT_TENSORS = 4;

        /** The place of the first product's bias. */
        public static final int FIRST_BIAS = 5;

        public Layers {
            long layers = which.size() / LAYER_TENSORS;
            Shapes.require("which", which, LAYER_TENSORS * layers);
            Shapes.require("numbers", numbers, 13L * layers);
            Shapes.require("choices", choices, 2L * layers);
        }

        /**
         * Leaves out what isn't there: a step is called with every tensor again, which costs time for each.
         *
         * @param tensors for each layer {@value #LAYER_TENSORS}: norms of attention, mlp, queries and keys, then weight, bias and
         *     the low-rank pair's a and b of the layers q, k, v, output, gate, up and down; one without elements where there is none.
         *     Arranged ones stand with q for q, k and v, and with gate for both, weights and biases {@linkplain #joined joined}
         */
        public static Layers of(
                Scope scope, List<NDArray> tensors, boolean arranged, NDArray numbers, NDArray choices) {
            List<NDArray> there = new ArrayList<>(List.of(scope.zeros(0)));
            long[] which = new long[tensors.size()];
            for (int place = 0; place < which.length; place++) {
                if (tensors.get(place).size() > 0) {
                    which[place] = there.size();
                    there.add(tensors.get(place));
                }
            }
            TensorList weights = TensorList.of(scope, "layers", there);
            return new Layers(weights, scope.ownPlaces(which), arranged, numbers, choices);
        }

        long count() {
            return which.size() / LAYER_TENSORS;
        }
    }

    /**
     * Holds the keys and values that the rows of a decoding step attend to.
     *
     * @param keys one per layer, {@code [S, kv heads, L, D]}, changed
     * @param values one per layer, {@code [S, kv heads, L, E]}, changed
     * @param shared masks {@code [B, 1, 1, width]} of {@link GenerationKernels#mask}, cosines and sines {@code [B, W / 2]}
     * @param places {@code [B]} int64 the rows' own places
     */
    public record Slots(TensorList keys, TensorList values, TensorList shared, NDArray places) {}

    /**
     * All layers over one token of each of the first B slots, whose keys and values are stored.
     *
     * @param x {@code [B, H]}
     * @return {@code [B, H]}
     */
    public static NDArray apply(Scope scope, NDArray x, Layers layers, Slots slots) {
        Shapes.require("places", slots.places(), x.getShape().get(0));
        if (layers.count() != slots.keys().size()) {
            throw new IllegalArgumentException("A step over " + layers.count() + " layers was given a cache of "
                    + slots.keys().size() + ".");
        }
        NDList arguments = new NDList();
        arguments.add(x);
        arguments.addAll(OptimizerKernels.arguments(layers.weights(), slots.keys(), slots.values(), slots.shared()));
        arguments.add(layers.which());
        arguments.add(layers.numbers());
        arguments.add(layers.choices());
        arguments.add(slots.places());
        return layers.arranged() ? scope.callArranged("step_layers", arguments) : scope.call("step_layers", arguments);
    }

    /** Whether this engine arranges weights: on a CPU with bf16 or AVX-512 instructions, where libtorch has oneDNN. */
    public static boolean arranges(Engine engine) {
        return engine.arranges(() -> canArrange(engine));
    }

    /** oneDNN refuses bf16 on processors that lack instructions for it, which only a call shows. */
    private static boolean canArrange(Engine engine) {
        try (Scope scope = engine.open()) {
            arrange(scope, TensorKernels.copy(scope, scope.zeros(TRIAL, TRIAL), Dtype.BF16), 1);
            return true;
        } catch (EngineException refused) {
            return false;
        }
    }

    /** Rows {@code [out, in]} or numbers {@code [out]} of several tensors one after the other, in one. */
    public static NDArray joined(Scope scope, List<NDArray> tensors) {
        return scope.call("joined", OptimizerKernels.arguments(TensorList.of(scope, "tensors", tensors)));
    }

    /**
     * Whether {@link #linear} with a copy of weights {@code [out, in]} of one x gives the bits of the weights themselves.
     *
     * @param weights that are joined in one copy; their values are the trial's
     * @param rows of x at most
     */
    public static boolean roundsAlike(Scope scope, List<NDArray> weights, int rows) {
        NDList arguments = OptimizerKernels.arguments(TensorList.of(scope, "weights", weights));
        arguments.add(scope.places(rows));
        return scope.callArranged("rounds_alike", arguments).getBoolean();
    }

    /**
     * A copy of a weight {@code [out, in]} which only {@link #linear} and {@link #apply} can read.
     *
     * @param rows for about so many
     */
    public static NDArray arrange(Scope scope, NDArray weight, int rows) {
        Shapes.require("weight", weight, -1, -1);
        return scope.callArranged("arrange", new NDList(weight, scope.places(rows)));
    }

    /** {@code x W^T [R, out]} fp32, rounded to the compute dtype before, of {@code x [R, in]} and an arranged W. */
    public static NDArray linear(Scope scope, NDArray x, NDArray arranged) {
        return scope.callArranged("few_rows_wide", new NDList(x, arranged));
    }
}
