package org.align4j.core.model.layer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.kernel.DecoderKernels;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.Activation;
import org.align4j.core.model.FeedForward;
import org.align4j.core.model.Linear;
import org.align4j.core.model.PassContext;
import org.align4j.core.model.layer.Mlp.GatedMlp;

/** {@code down(activation(up x))} (Vaswani et al. 2017, section 3.3). */
public record Mlp(Linear up, Activation activation, Linear down) implements FeedForward {

    @Override
    public Stream<Linear> linears() {
        return Stream.of(up, down);
    }

    @Override
    public NDArray apply(Scope scope, NDArray x, PassContext pass) {
        return down.applyWide(scope, activation.apply(scope, up.apply(scope, x, pass)), pass);
    }

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
            return down.applyWide(scope, activation.gated(scope, g, u), pass);
        }
    }

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
            return down.applyWide(scope, activation.gated(scope, gate, up), pass);
        }
    }
}
