package org.align4j.core.model;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;
import org.jspecify.annotations.Nullable;

/**
 * What stands over a model, in the dtype in which that model's weights are stored: trained values and low-rank pairs are converted when
 * they are first asked for. They must not change while this is used.
 *
 * @param base with products in that dtype
 * @param over what stands over it, in the compute dtype
 * @param own owns what is converted
 */
record StoredWeights(BaseModel base, Weights over, Scope own, Map<String, NDArray> values, Map<String, LoraPair> pairs)
        implements Weights {

    StoredWeights(BaseModel base, Weights over, Scope own) {
        this(base, over, own, new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
    }

    @Override
    public NDArray value(Scope scope, Parameter parameter) {
        if (!over.replaces(parameter)) {
            return base.value(scope, parameter);
        }
        return values.computeIfAbsent(parameter.name(), name -> {
            try (Scope inner = own.inner()) {
                return own.keep(TensorKernels.copy(inner, over.value(inner, parameter), base.dtype(parameter)));
            }
        });
    }

    @Override
    public Dtype dtype() {
        return base.dtype();
    }

    @Override
    public boolean replaces(Parameter parameter) {
        return over.replaces(parameter);
    }

    @Override
    public @Nullable LoraPair lora(Parameter matrix) {
        LoraPair pair = over.lora(matrix);
        return pair == null ? null : pairs.computeIfAbsent(matrix.name(), name -> pair.in(own, base.dtype(matrix)));
    }
}
