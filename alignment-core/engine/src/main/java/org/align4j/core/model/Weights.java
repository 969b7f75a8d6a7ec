package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/** Values for a decoder's parameters: the frozen base, or what an adapter or full training puts over it. */
public interface Weights {

    /**
     * Returns the value in the compute dtype, for use while {@code scope} is open: it belongs to the implementation, or to
     * {@code scope} where it had to be made (converted, dequantised).
     */
    NDArray value(Scope scope, Parameter parameter);

    /** Returns the value as it is stored, in the compute dtype or another, for use as {@link #value}: a table of which few rows are read. */
    default NDArray stored(Scope scope, Parameter parameter) {
        return value(scope, parameter);
    }

    /** Returns the compute dtype. */
    Dtype dtype();

    /** Returns whether a parameter has a value of its own here, laid over that of the base. */
    default boolean replaces(Parameter parameter) {
        return false;
    }

    /** Returns the low-rank pair added to a matrix; null where it has none. */
    default @Nullable LoraPair lora(Parameter matrix) {
        return null;
    }
}
