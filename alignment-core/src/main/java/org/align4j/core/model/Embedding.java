package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;

/**
 * From token ids to the first hidden states.
 *
 * @param tokens {@code [V, H]}
 */
public record Embedding(Parameter tokens) {

    /** {@code [N]} int64 to {@code [N, H]}. */
    NDArray apply(Scope scope, NDArray ids, Pass pass) {
        return DecoderKernels.embed(scope, pass.weights().value(scope, tokens), ids);
    }

    public Stream<Parameter> parameters() {
        return Stream.of(tokens);
    }
}
