package org.align4j.core.reference.trace;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.TrainedValues;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.jspecify.annotations.Nullable;

/** A model of a trace with its optimizer. */
public final class TracedModel implements AutoCloseable {
    private final BaseModel base;
    private final Policy policy;
    private final AdamW optimizer;

    /**
     * A model to train.
     *
     * @param adapter that trains; null: every weight does
     * @param adam {@code betas}, {@code eps} and {@code weight_decay}
     * @param recompute whether layers are computed again on the way back
     * @param engine of the device that it is computed on
     */
    public TracedModel(Path model, @Nullable Path adapter, JsonNode adam, boolean recompute, Engine engine) {
        base = BaseModel.load(model, Families.decoder(model), Dtype.F32, engine);
        policy = adapter == null ? Policy.full(base, recompute) : adapted(model, adapter, recompute);
        AdamW.Settings settings = new AdamW.Settings(
                adam.get("betas").get(0).asDouble(),
                adam.get("betas").get(1).asDouble(),
                adam.get("eps").asDouble(),
                adam.get("weight_decay").asDouble());
        optimizer = new AdamW(policy.trainables(), settings, base.engine().open());
    }

    private Policy adapted(Path model, Path adapter, boolean recompute) {
        String modelType = ConfigJson.read(model.resolve("config.json")).modelType();
        return Policy.adapted(
                base, AdapterValues.read(adapter, base.directory(), base.decoder(), modelType), true, recompute);
    }

    /** What trains. */
    public Policy policy() {
        return policy;
    }

    /** What moves it. */
    public AdamW optimizer() {
        return optimizer;
    }

    /** Gradients times a factor, by tensor. */
    public Map<String, float[]> gradients(double scale) {
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

    /** What is trained, by tensor. */
    public Map<String, float[]> values() {
        return TrainedValues.of(policy);
    }

    /** Compares tensors with those of a file; each number may differ by {@code allowed}. */
    public static void compare(
            String place, Path file, Map<String, float[]> own, double allowed, Comparisons comparisons) {
        Map<String, TensorEntry> expected = SafetensorsFile.open(file).tensors();
        comparisons.same(place + " tensors", Set.copyOf(expected.keySet()), Set.copyOf(own.keySet()));
        own.forEach((name, values) ->
                comparisons.within(place + " " + name, expected.get(name).floats(), values, allowed));
    }

    @Override
    public void close() {
        optimizer.close();
        policy.close();
        base.close();
    }
}
