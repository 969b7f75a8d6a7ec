package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;

/** A normalisation over the last axis. */
public interface Norm {

    /** Norms {@code [..., H]}; the shape stays. */
    default NDArray apply(Scope scope, NDArray x, PassContext pass) {
        return apply(scope, x, pass, false);
    }

    /** Norms as {@link #apply(Scope, NDArray, PassContext)} does; {@code wide}: in fp32 where the pass keeps its sums so. */
    NDArray apply(Scope scope, NDArray x, PassContext pass, boolean wide);

    Stream<Parameter> parameters();
}
