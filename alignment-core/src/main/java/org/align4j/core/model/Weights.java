package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import org.align4j.core.kernel.Scope;
import org.jspecify.annotations.Nullable;

/** Values for a decoder's parameters: the frozen base, or what an adapter or full training puts over it. */
public interface Weights {

    /**
     * The value in the compute dtype, for use while {@code scope} is open: it belongs to the implementation, or to
     * {@code scope} where it had to be made (converted, dequantised).
     */
    NDArray value(Scope scope, Parameter parameter);

    /** The low-rank pair on a linear layer; null where it has none. */
    default @Nullable LoraPair lora(Linear linear) {
        return null;
    }

    /**
     * Two thin matrices on one linear layer.
     *
     * @param a {@code [rank, in]} in the compute dtype
     * @param b {@code [out, rank]} in the compute dtype
     * @param scaling what their product is multiplied by
     * @param dropoutRate share of the inputs set to zero in training
     */
    record LoraPair(NDArray a, NDArray b, double scaling, double dropoutRate) {}
}
