package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;

/** The feed-forward part of a decoder layer, which acts on each token alone. */
public interface FeedForward {

    /** Runs the part, {@code [N, H]} to {@code [N, H]}. */
    NDArray apply(Scope scope, NDArray x, PassContext pass);

    /** Runs the part on what a norm makes of {@code [N, H]}. */
    default NDArray apply(Scope scope, Norm norm, NDArray x, PassContext pass) {
        return apply(scope, norm.apply(scope, x, pass, readsWide()), pass);
    }

    /** Returns whether the part reads its input in fp32 where the pass keeps its sums so, and rounds it by itself. */
    default boolean readsWide() {
        return false;
    }

    /** Lists the linear layers that an adapter may be added to. */
    Stream<Linear> linears();

    /** Lists every parameter, those of the linear layers included. */
    default Stream<Parameter> parameters() {
        return linears().flatMap(Linear::parameters);
    }

    /** Numbers in weights that any one token leaves unused: those of experts it doesn't go to. */
    default long idleElements() {
        return 0;
    }
}
