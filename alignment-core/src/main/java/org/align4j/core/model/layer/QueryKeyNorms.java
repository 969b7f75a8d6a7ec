package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Norm;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.PassContext;

/**
 * Norms of queries and keys before positions are put in (Henry et al. 2020).
 *
 * @param over what each norm runs over
 */
public record QueryKeyNorms(Norm query, Norm key, Over over) {

    /** What a norm runs over. */
    public enum Over {
        /** Each head alone, with one weight for all of them (Qwen 3, Gemma 3). */
        EACH_HEAD,
        /** All heads together (OLMo 2). */
        ALL_HEADS
    }

    /** {@code [N, heads * D]} normed, as {@code [heads, N, D]}. */
    NDArray split(Scope scope, Norm norm, NDArray x, int headWidth, PassContext pass) {
        return switch (over) {
            case EACH_HEAD -> norm.apply(scope, DecoderKernels.splitHeads(scope, x, headWidth), pass);
            case ALL_HEADS -> DecoderKernels.splitHeads(scope, norm.apply(scope, x, pass), headWidth);
        };
    }

    Stream<Parameter> parameters() {
        return Stream.concat(query.parameters(), key.parameters());
    }
}
