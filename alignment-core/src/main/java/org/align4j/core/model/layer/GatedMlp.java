package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Activation;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;

/** {@code down(activation(gate x) * up x)} (Shazeer 2020). */
public record GatedMlp(Linear gate, Activation activation, Linear up, Linear down) implements FeedForward {

    @Override
    public Stream<Linear> linears() {
        return List.of(gate, up, down).stream();
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray g = gate.apply(scope, x, pass);
        NDArray u = up.apply(scope, x, pass);
        return down.apply(scope, activation.gated(scope, g, u), pass);
    }
}
