package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;

/** {@code down(silu(gate x) * up x)} (Shazeer 2020). */
public record GatedMlp(Linear gate, Linear up, Linear down) implements FeedForward {

    @Override
    public Stream<Linear> linears() {
        return List.of(gate, up, down).stream();
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, Pass pass) {
        NDArray inner = DecoderKernels.swiglu(scope, gate.apply(scope, x, pass), up.apply(scope, x, pass));
        return down.apply(scope, inner, pass);
    }
}
