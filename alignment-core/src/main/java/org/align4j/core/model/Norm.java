package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;

/** A normalisation over the last axis. */
public interface Norm {

    /** Norms {@code [..., H]}; the shape stays. */
    NDArray apply(Scope scope, NDArray x, PassContext pass);

    Stream<Parameter> parameters();
}
