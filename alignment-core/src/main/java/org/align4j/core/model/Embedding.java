package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/**
 * From token ids to the first hidden states.
 *
 * @param tokens {@code [V, H]}
 * @param places {@code [P, H]} learned vectors of the positions, added (GPT-2); null: none
 */
public record Embedding(Parameter tokens, @Nullable Parameter places) {

    /** Of tokens alone. */
    public Embedding(Parameter tokens) {
        this(tokens, null);
    }

    /** {@code [N]} int64 to {@code [N, H]}. */
    NDArray apply(Scope scope, NDArray ids, Pass pass) {
        Weights weights = pass.weights();
        NDArray rows = DecoderKernels.embed(scope, weights.value(scope, tokens), ids);
        LoraPair pair = weights.lora(tokens);
        NDArray x = pair == null ? rows : pair.scaled(scope, pair.addedRows(scope, rows, ids), weights, tokens);
        if (places == null) {
            return x;
        }
        NDArray table = weights.value(scope, places);
        NDArray y =
                DecoderKernels.embed(scope, table, pass.attention().positions().ids());
        return DecoderKernels.add(scope, x, y);
    }

    public Stream<Parameter> parameters() {
        return places == null ? Stream.of(tokens) : Stream.of(tokens, places);
    }
}
