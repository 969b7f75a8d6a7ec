package org.align4j.core.policy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.align4j.core.kernel.Scope;
import org.align4j.core.kernel.TensorKernels;

/** What a policy trains, as tests compare it. */
public final class TrainedValues {
    private TrainedValues() {}

    /** Fp32 values, by name. */
    public static Map<String, float[]> of(Policy policy) {
        Map<String, float[]> result = new LinkedHashMap<>();
        try (Scope inner = policy.base().scope().inner()) {
            policy.trainables().members().forEach(m -> result.put(m.name(), TensorKernels.toFloats(inner, m.master())));
        }
        return result;
    }
}
