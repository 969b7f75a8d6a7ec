package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Activation;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;

/**
 * {@link GatedMlp} whose gate and what it gates come from one layer.
 *
 * @param gateUp all of the gate's outputs, then all of the others
 */
public record FusedGatedMlp(Linear gateUp, Activation activation, Linear down) implements FeedForward {

    @Override
    public Stream<Linear> linears() {
        return Stream.of(gateUp, down);
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        NDArray both = gateUp.apply(scope, x, pass);
        int width = gateUp.outputs() / 2;
        NDArray gate = DecoderKernels.columns(scope, both, 0, width);
        NDArray up = DecoderKernels.columns(scope, both, width, 2 * width);
        return down.apply(scope, activation.gated(scope, gate, up), pass);
    }
}
