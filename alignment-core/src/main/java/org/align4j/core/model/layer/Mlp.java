package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Activation;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;

/** {@code down(activation(up x))} (Vaswani et al. 2017, section 3.3). */
public record Mlp(Linear up, Activation activation, Linear down) implements FeedForward {

    @Override
    public Stream<Linear> linears() {
        return Stream.of(up, down);
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        return down.apply(scope, activation.apply(scope, up.apply(scope, x, pass)), pass);
    }
}
