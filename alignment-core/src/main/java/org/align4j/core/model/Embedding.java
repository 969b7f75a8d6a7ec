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
 * @param scale what the tokens' vectors are multiplied by, rounded to the compute dtype (Gemma); 1: as they are
 * @param places {@code [P, H]} learned vectors of the positions, added (GPT-2); null: none
 */
public record Embedding(
        Parameter tokens, double scale, @Nullable Parameter places) {

    /** Embeds tokens alone. */
    public Embedding(Parameter tokens) {
        this(tokens, 1, null);
    }

    /** Embeds tokens and their places. */
    public Embedding(Parameter tokens, Parameter places) {
        this(tokens, 1, places);
    }

    /** Returns an embedding of tokens alone, multiplied by a number. */
    public static Embedding scaled(Parameter tokens, double scale) {
        return new Embedding(tokens, scale, null);
    }

    /** Embeds {@code [N]} int64 ids as {@code [N, H]}. */
    NDArray apply(Scope scope, NDArray ids, PassContext pass) {
        Weights weights = pass.weights();
        NDArray rows = rows(scope, ids, weights);
        LoraPair pair = weights.lora(tokens);
        NDArray own = pair == null ? rows : pair.scaled(scope, pair.addedRows(scope, rows, ids), weights, tokens);
        NDArray x = scale == 1 ? own : DecoderKernels.scaleRounded(scope, own, scope.number(scale));
        if (places == null) {
            return x;
        }
        NDArray table = weights.value(scope, places);
        NDArray y =
                DecoderKernels.embed(scope, table, pass.attention().positions().ids());
        return DecoderKernels.add(scope, x, y);
    }

    /** A table that comes with each use goes when its rows are read. */
    private NDArray rows(Scope scope, NDArray ids, Weights weights) {
        try (Scope inner = scope.inner()) {
            return scope.keep(DecoderKernels.embed(inner, weights.value(inner, tokens), ids));
        }
    }

    public Stream<Parameter> parameters() {
        return places == null ? Stream.of(tokens) : Stream.of(tokens, places);
    }
}
