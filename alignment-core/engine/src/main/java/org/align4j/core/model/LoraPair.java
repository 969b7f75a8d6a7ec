package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.function.UnaryOperator;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.LoraKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.jspecify.annotations.Nullable;

/**
 * Two thin matrices added to one frozen weight W: {@code W + scaling * B A} (Hu et al. 2021), or with magnitudes
 * {@code m * (W + scaling * B A) / |W + scaling * B A|} (DoRA, Liu et al. 2024), norms over the inputs of each output.
 *
 * @param a {@code [rank, in]} in the compute dtype
 * @param b {@code [out, rank]} in the compute dtype
 * @param scaling what their product is multiplied by
 * @param dropoutRate share of the inputs set to zero in training
 * @param transposed whether W lies as {@code [in, out]}: embeddings, GPT-2
 * @param start what is taken off the product, so that a pair that starts large changes nothing at first; null: nothing
 * @param magnitudes null: none
 */
public record LoraPair(
        NDArray a,
        NDArray b,
        double scaling,
        double dropoutRate,
        boolean transposed,
        @Nullable Start start,
        @Nullable Magnitudes magnitudes) {

    /**
     * The pair as it was before the first step, frozen: {@code scaling * (B A + b a)} is what is added to W.
     *
     * @param a {@code [rank, in]} in the compute dtype
     * @param b {@code [out, rank]} in the compute dtype, of the opposite sign
     */
    public record Start(NDArray a, NDArray b) {}

    /**
     * DoRA's lengths of the outputs' weights.
     *
     * @param values {@code [out]} m, fp32 in every compute dtype: steps of bf16 are larger than what m learns
     * @param squares {@code [out]} squared norms of W, fp32
     */
    public record Magnitudes(NDArray values, NDArray squares) {}

    /** Returns this pair with another tensor in place of each that trains. */
    public LoraPair replaced(UnaryOperator<NDArray> other) {
        return new LoraPair(
                other.apply(a),
                other.apply(b),
                scaling,
                dropoutRate,
                transposed,
                start,
                magnitudes == null ? null : new Magnitudes(other.apply(magnitudes.values()), magnitudes.squares()));
    }

    /** Returns this pair in another dtype; magnitudes stay fp32. The tensors belong to {@code own}. */
    LoraPair in(Scope own, Dtype dtype) {
        return new LoraPair(
                TensorKernels.copy(own, a, dtype),
                TensorKernels.copy(own, b, dtype),
                scaling,
                dropoutRate,
                transposed,
                start == null
                        ? null
                        : new Start(
                                TensorKernels.copy(own, start.a(), dtype), TensorKernels.copy(own, start.b(), dtype)),
                magnitudes);
    }

    /** Returns this pair with its product multiplied by a factor, and with other magnitudes. */
    public LoraPair scaledBy(double factor, @Nullable Magnitudes others) {
        return new LoraPair(a, b, factor * scaling, dropoutRate, transposed, start, others);
    }

    /**
     * {@code y} with the pair's product, magnitudes left out.
     *
     * @param y {@code [N, out]} of W, overwritten where there are no magnitudes
     * @param x {@code [N, in]}
     * @param dropped {@code x} after dropout; null: {@code x}
     * @return {@code [N, out]}
     */
    NDArray added(Scope scope, NDArray y, NDArray x, @Nullable NDArray dropped) {
        NDArray factor = scope.number(scaling);
        NDArray seen = dropped == null ? x : dropped;
        if (start == null) {
            return magnitudes == null
                    ? LoraKernels.addInto(scope, y, seen, a, b, factor)
                    : LoraKernels.add(scope, y, seen, a, b, factor);
        }
        return LoraKernels.addFromStart(scope, y, seen, a, b, x, start.a(), start.b(), factor);
    }

    /**
     * {@code y} with the product of a plain pair, in fp32.
     *
     * @param y {@code [N, out]} of W, overwritten
     * @param seen {@code [N, in]} after dropout
     * @return {@code [N, out]} fp32
     */
    NDArray addedWide(Scope scope, NDArray y, NDArray seen) {
        return LoraKernels.addWide(scope, y, seen, a, b, scope.number(scaling));
    }

    /**
     * Scales the layer's outputs by the magnitudes, where there are any.
     *
     * @param y {@code [N, out]}
     * @param matrix W, looked up only then
     */
    NDArray scaled(Scope scope, NDArray y, Weights weights, Parameter matrix) {
        Magnitudes m = magnitudes;
        if (m == null) {
            return y;
        }
        try (Scope inner = scope.inner()) {
            NDArray norms = norms(inner, weights.value(inner, matrix), m);
            return scope.keep(LoraKernels.scaled(inner, y, m.values(), norms));
        }
    }

    private NDArray norms(Scope scope, NDArray weight, Magnitudes m) {
        return LoraKernels.norms(scope, weight, m.squares(), a, b, scope.number(scaling), transposed);
    }

    /**
     * An embedding's rows with the pair's product, magnitudes left out.
     *
     * @param y {@code [N, out]} rows of W
     * @param ids {@code [N]} int64
     * @return {@code [N, out]}
     */
    NDArray addedRows(Scope scope, NDArray y, NDArray ids) {
        return LoraKernels.addRows(scope, y, ids, a, b, scope.number(scaling));
    }

    /** W with this pair in it, fp32, lying as W does. */
    public NDArray merged(Scope scope, NDArray weight) {
        NDArray factor = scope.number(scaling);
        NDArray sum = LoraKernels.merge(scope, weight, a, b, factor, transposed);
        if (start != null) {
            sum = LoraKernels.merge(scope, sum, start.a(), start.b(), factor, transposed);
        }
        return magnitudes == null
                ? sum
                : LoraKernels.scaledWeight(
                        scope, sum, magnitudes.values(), norms(scope, weight, magnitudes), transposed);
    }
}
