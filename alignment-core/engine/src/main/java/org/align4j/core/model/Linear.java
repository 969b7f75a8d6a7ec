package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.LoraKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
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
                new Parameter(module + ".weight", Parameter.Role.MATRIX, out, in),
                biased ? new Parameter(module + ".bias", Parameter.Role.BIAS, out) : null,
                false);
    }

    /** A layer that scores experts, computed in fp32. */
    public static Linear router(String module, int in, int out) {
        return new Linear(module, new Parameter(module + ".weight", Parameter.Role.ROUTER, out, in), null, false);
    }

    /** GPT-2's "Conv1D": a layer with a bias whose weight lies as {@code [in, out]}. */
    public static Linear transposed(String module, int in, int out) {
        return new Linear(
                module,
                new Parameter(module + ".weight", Parameter.Role.MATRIX, in, out),
                new Parameter(module + ".bias", Parameter.Role.BIAS, out),
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

    /** Runs the layer, {@code [N, in]} to {@code [N, out]}. */
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        return apply(scope, x, dropped(scope, x, pass), pass.weights());
    }

    /**
     * Runs the layer, {@code [N, in]} to {@code [N, out]}, for a sum: in fp32 where the pass keeps its sums so, what the pair adds not rounded.
     */
    public NDArray applyWide(Scope scope, NDArray x, PassContext pass) {
        LoraPair pair = pass.weights().lora(weight);
        if (!pass.attention().sumsWide()) {
            return apply(scope, x, pass);
        }
        if (pair == null || !LayerParts.isPlain(pair)) {
            return TensorKernels.cast(scope, apply(scope, x, pass), Dtype.F32);
        }
        NDArray dropped = dropped(scope, x, pass);
        return pair.addedWide(scope, frozen(scope, x, pass.weights(), bias), dropped == null ? x : dropped);
    }

    /** What of the input {@code [N, in]} a low-rank pair sees; null where nothing is dropped. */
    public @Nullable NDArray dropped(Scope scope, NDArray x, PassContext pass) {
        LoraPair pair = pass.weights().lora(weight);
        return pair == null || pair.dropoutRate() == 0 || pass.dropout() == null
                ? null
                : DecoderKernels.dropout(
                        scope, x, pair.dropoutRate(), pass.dropout().seedOf(module));
    }

    /**
     * The layer on rows whose dropout is done.
     *
     * @param x {@code [N, in]}
     * @param dropped the same rows of {@link #dropped}
     * @return {@code [N, out]}
     */
    public NDArray apply(Scope scope, NDArray x, @Nullable NDArray dropped, Weights weights) {
        LoraPair pair = weights.lora(weight);
        if (pair == null || pair.magnitudes() == null) {
            NDArray y = frozen(scope, x, weights, bias);
            return pair == null ? y : pair.added(scope, y, x, dropped);
        }
        NDArray y = frozen(scope, x, weights, null);
        // As in PEFT: with dropout, what the magnitudes change is computed from the dropped input.
        NDArray through = dropped == null ? y : frozen(scope, dropped, weights, null);
        NDArray scaled = pair.scaled(scope, pair.added(scope, through, x, dropped), weights, weight);
        NDArray sum = dropped == null ? scaled : LoraKernels.addDifference(scope, scaled, y, through);
        return bias == null ? sum : DecoderKernels.addBias(scope, sum, weights.value(scope, bias));
    }

    /** The layer without its pair; a weight made for the product is let go with it. */
    private NDArray frozen(Scope scope, NDArray x, Weights weights, @Nullable Parameter added) {
        try (Scope inner = scope.inner()) {
            NDArray w = weights.value(inner, weight);
            NDArray rows = transposed ? DecoderKernels.transposed(inner, w) : w;
            NDArray y = added == null
                    ? DecoderKernels.linear(inner, x, rows)
                    : DecoderKernels.linear(inner, x, rows, weights.value(inner, added));
            return scope.keep(y);
        }
    }
}
