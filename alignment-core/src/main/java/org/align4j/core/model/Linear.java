package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/**
 * {@code x W^T + bias}, with a low-rank pair where an adapter has one.
 *
 * @param module the name without {@code .weight}, as PEFT targets it
 * @param bias null: none
 * @param transposed whether the weight lies as {@code [in, out]} on disk and in memory (GPT-2), else {@code [out, in]}
 */
public record Linear(
        String module, Parameter weight, @Nullable Parameter bias, boolean transposed) {

    /** A layer from {@code in} to {@code out} features. */
    public static Linear of(String module, int in, int out, boolean biased) {
        return new Linear(
                module,
                new Parameter(module + ".weight", Parameter.Kind.MATRIX, out, in),
                biased ? new Parameter(module + ".bias", Parameter.Kind.BIAS, out) : null,
                false);
    }

    /** GPT-2's "Conv1D": a layer with a bias whose weight lies as {@code [in, out]}. */
    public static Linear transposed(String module, int in, int out) {
        return new Linear(
                module,
                new Parameter(module + ".weight", Parameter.Kind.MATRIX, in, out),
                new Parameter(module + ".bias", Parameter.Kind.BIAS, out),
                true);
    }

    public int inputs() {
        return Math.toIntExact(weight.shape()[transposed ? 0 : 1]);
    }

    public int outputs() {
        return Math.toIntExact(weight.shape()[transposed ? 1 : 0]);
    }

    public Stream<Parameter> parameters() {
        return bias == null ? Stream.of(weight) : List.of(weight, bias).stream();
    }

    /** A value of the weight as {@code [out, in]}, or one of that shape as the weight lies; no copy. */
    public NDArray turned(Scope scope, NDArray value) {
        return transposed ? DecoderKernels.transposed(scope, value) : value;
    }

    /** {@code [N, in]} to {@code [N, out]}. */
    public NDArray apply(Scope scope, NDArray x, Pass pass) {
        Weights weights = pass.weights();
        NDArray y = frozen(scope, x, weights);
        Weights.LoraPair pair = weights.lora(this);
        if (pair == null) {
            return y;
        }
        NDArray input = pass.dropout() == null || pair.dropoutRate() == 0
                ? x
                : DecoderKernels.dropout(
                        scope, x, pair.dropoutRate(), pass.dropout().seedOf(module));
        return DecoderKernels.lora(scope, y, input, pair.a(), pair.b(), scope.number(pair.scaling()));
    }

    /** The layer without its pair; a weight made for the product is let go with it. */
    private NDArray frozen(Scope scope, NDArray x, Weights weights) {
        try (Scope inner = scope.inner()) {
            NDArray w = turned(inner, weights.value(inner, weight));
            NDArray y = bias == null
                    ? DecoderKernels.linear(inner, x, w)
                    : DecoderKernels.linear(inner, x, w, weights.value(inner, bias));
            return scope.keep(y);
        }
    }
}
