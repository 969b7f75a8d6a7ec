package org.align4j.core.reference;

import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.policy.Policy;

/** What a policy's gradients are, as a trace records them. */
public final class TrainedGradients {
    private TrainedGradients() {}

    /** Gradients times a factor, by tensor. */
    public static Map<String, float[]> of(Policy policy, double scale) {
        Map<String, float[]> result = new TreeMap<>();
        policy.trainables().members().forEach(member -> {
            float[] values = member.gradient().toFloatArray();
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] * scale);
            }
            result.put(member.name(), values);
        });
        return result;
    }
}
