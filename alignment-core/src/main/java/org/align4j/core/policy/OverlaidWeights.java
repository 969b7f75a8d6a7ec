package org.align4j.core.policy;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.align4j.core.kernel.Scope;
import org.align4j.core.model.LoraPair;
import org.align4j.core.model.Parameter;
import org.align4j.core.model.Weights;
import org.jspecify.annotations.Nullable;

/**
 * The base with something over it.
 *
 * @param values by parameter name: instead of the base's
 * @param pairs by parameter name: beside the base's
 */
record OverlaidWeights(Weights base, Map<String, NDArray> values, Map<String, LoraPair> pairs) implements Weights {

    @Override
    public NDArray value(Scope scope, Parameter parameter) {
        NDArray over = values.get(parameter.name());
        return over == null ? base.value(scope, parameter) : over;
    }

    @Override
    public @Nullable LoraPair lora(Parameter matrix) {
        return pairs.get(matrix.name());
    }
}
