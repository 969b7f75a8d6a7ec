package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;

/** Grouped-query self-attention with rotary positions (Ainslie et al. 2023). */
public record GroupedAttention(AttentionCore core, Linear query, Linear key, Linear value, Linear output, Rope rope)
        implements SelfAttention {

    @Override
    public Stream<Linear> linears() {
        return List.of(query, key, value, output).stream();
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, Pass pass) {
        Positions positions = pass.attention().positions();
        NDArray q = DecoderKernels.splitHeads(scope, query.apply(scope, x, pass), core.keyWidth());
        NDArray k = DecoderKernels.splitHeads(scope, key.apply(scope, x, pass), core.keyWidth());
        NDArray v = DecoderKernels.splitHeads(scope, value.apply(scope, x, pass), core.valueWidth());
        NDArray mixed = pass.attention()
                .attend(scope, core, positions.rotate(scope, rope, q), positions.rotate(scope, rope, k), v);
        return output.apply(scope, DecoderKernels.mergeHeads(scope, mixed), pass);
    }
}
