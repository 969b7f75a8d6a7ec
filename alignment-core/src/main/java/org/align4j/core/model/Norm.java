package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.stream.Stream;
import org.align4j.core.kernel.Scope;

/** A normalisation over the last axis. */
public interface Norm {

    /** {@code [..., H]} to the same shape. */
    NDArray apply(Scope scope, NDArray x, PassContext pass);

    Stream<Parameter> parameters();
}
