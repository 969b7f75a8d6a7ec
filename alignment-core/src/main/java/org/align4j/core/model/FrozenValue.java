package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.Scope;

/** A frozen weight that can be asked for again and again. */
interface FrozenValue {
    /** The value in the compute dtype, for use while {@code scope} is open. */
    NDArray value(Scope scope);
}
