package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;

/**
 * Grouped-query self-attention with rotary positions (Ainslie et al. 2023).
 *
 * @param layer index from 0
 * @param headDimension D
 * @param scaling what scores are multiplied by, usually {@code D^-0.5}
 */
public record Attention(
        int layer,
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        int headDimension,
        double scaling,
        Rope rope) {

    Stream<Linear> linears() {
        return List.of(query, key, value, output).stream();
    }

    /** Key/value heads. */
    public int keyValueHeads() {
        return key.outputs() / headDimension;
    }

    /** {@code [N, H]} to {@code [N, H]}. */
    NDArray apply(Scope scope, NDArray x, Pass pass) {
        NDArray q = DecoderKernels.splitHeads(scope, query.apply(scope, x, pass), headDimension);
        NDArray k = DecoderKernels.splitHeads(scope, key.apply(scope, x, pass), headDimension);
        NDArray v = DecoderKernels.splitHeads(scope, value.apply(scope, x, pass), headDimension);
        NDArray mixed = pass.attention().attend(scope, this, q, k, v);
        return output.apply(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }
}
