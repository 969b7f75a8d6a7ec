package org.align4j.reward;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.BaseModel;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.TrainedGradients;
import org.align4j.core.train.options.OptimizerOptions;
import org.align4j.core.train.options.Schedule;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;

/**
 * A recorded run of a TRL trainer of scores computed again with Align4J's model, schedule, clipping and optimizer, and compared with
 * the record within the tolerances of the traces' README; what its rows and its loss are is the caller's.
 */
public final class TraceRun implements AutoCloseable {
    /** Of losses and metrics. */
    public static final double TOLERANCE = 2e-5;

    private static final double RATE_TOLERANCE = 1e-12;
    private static final double GRADIENT_TOLERANCE = 1e-6;
    private static final double ELEMENT_TOLERANCE = 2e-4;
    private static final double MOVEMENT_SHARE = 5e-4;

    private final ReferenceCase trace;
    private final String place;
    private final Comparisons comparisons;
    private final JsonNode settings;
    private final BaseModel base;
    private final Policy policy;
    private final AdamW optimizer;
    private final OptimizerOptions rates;
    private final int totalSteps;
    private final Map<String, float[]> start;
    private int step;

    /** @param recompute whether layers are computed again on the way back */
    public TraceRun(ReferenceCase trace, boolean recompute, Comparisons comparisons) {
        this.trace = trace;
        this.place = recompute ? "recomputed " : "";
        this.comparisons = comparisons;
        JsonNode meta = trace.content();
        settings = meta.get("settings");
        JsonNode fixed = meta.get("fixed_settings");
        totalSteps = meta.get("total_optimizer_steps").asInt();
        Path model = trace.file(meta.get("model").asText()).normalize();
        base = BaseModel.load(model, Families.decoder(model), Dtype.F32, Engine.cpu());
        policy = meta.get("adapter_init").isNull()
                ? Policy.full(base, recompute)
                : Policy.adapted(base, adapter(trace, model), false, recompute);
        AdamW.Settings adam = new AdamW.Settings(
                fixed.get("betas").get(0).asDouble(),
                fixed.get("betas").get(1).asDouble(),
                fixed.get("eps").asDouble(),
                fixed.get("weight_decay").asDouble());
        optimizer = new AdamW(policy.trainables(), adam, base.engine().open());
        rates = new OptimizerOptions(
                settings.get("lr").asDouble(),
                Schedule.valueOf(fixed.get("lr_schedule").asText().toUpperCase(Locale.ROOT)),
                fixed.get("warmup_steps").asInt(),
                null,
                adam.weightDecay(),
                adam.beta1(),
                adam.beta2(),
                adam.epsilon(),
                fixed.get("max_grad_norm").asDouble());
        start = policy.trainedValues();
    }

    private AdapterValues adapter(ReferenceCase trace, Path model) {
        String modelType = ConfigJson.read(model.resolve("config.json")).modelType();
        return AdapterValues.read(trace.file(trace.content().get("adapter_init").asText()), base.decoder(), modelType);
    }

    /** The rows of every optimizer step, micro-batch by micro-batch; as many steps as were recorded. */
    public <R> List<List<List<R>>> groups(List<R> rows) {
        List<List<R>> micros = split(rows, settings.get("batch").asInt());
        List<List<List<R>>> epoch = split(micros, settings.path("accum").asInt(1));
        List<List<List<R>>> all = new ArrayList<>();
        for (int i = 0; i < settings.path("epochs").asInt(1); i++) {
            all.addAll(epoch);
        }
        comparisons.same(place + "steps", trace.json("steps.json").size(), all.size());
        return all;
    }

    private static <T> List<List<T>> split(List<T> items, int size) {
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < items.size(); from += size) {
            parts.add(items.subList(from, Math.min(items.size(), from + size)));
        }
        return parts;
    }

    /** What trains. */
    public Policy policy() {
        return policy;
    }

    /** What the run was set to. */
    public JsonNode settings() {
        return settings;
    }

    /** Where comparisons are said to be. */
    public String place() {
        return place;
    }

    /** Applies the gradients and compares the step's figures, by TRL's names, and the first step's gradients. */
    public void apply(Map<String, Double> figures) {
        step++;
        double norm = optimizer.gradientNorm();
        double scale = rates.gradientScale(norm);
        double rate = rates.learningRate(step, totalSteps);
        Map<String, float[]> gradients = TrainedGradients.of(policy, scale);
        optimizer.apply(rate, scale);
        Map<String, Double> all = new LinkedHashMap<>(figures);
        all.put("grad_norm", norm);
        all.put("learning_rate_used", rate);
        compareFigures(trace.json("steps.json").get(step - 1), all);
        if (step == 1) {
            compareGradients(gradients);
        }
    }

    private void compareFigures(JsonNode expected, Map<String, Double> figures) {
        String where = place + "step " + step + " ";
        figures.forEach((name, actual) -> {
            double value = expected.get(name).asDouble();
            if (name.equals("learning_rate_used")) {
                comparisons.within(where + name, value, actual, RATE_TOLERANCE);
            } else if (name.equals("grad_norm")) {
                comparisons.within(where + name, value, actual, TOLERANCE * value);
            } else {
                comparisons.close(where + name, value, actual, TOLERANCE);
            }
        });
    }

    private void compareGradients(Map<String, float[]> actual) {
        Map<String, TensorEntry> expected = tensors(trace.file("grads_step0_after_clipping.safetensors"));
        comparisons.same(place + "gradients", Set.copyOf(expected.keySet()), Set.copyOf(actual.keySet()));
        actual.forEach((name, values) -> comparisons.within(
                place + "gradient " + name, expected.get(name).floats(), values, GRADIENT_TOLERANCE));
    }

    /** Compares what is trained with what the record ends with. */
    public void compareWeights() {
        String file = trace.has("adapter_init") ? "adapter_model.safetensors" : "model.safetensors";
        Map<String, TensorEntry> expected = tensors(trace.file("final").resolve(file));
        Map<String, float[]> end = policy.trainedValues();
        comparisons.same(place + "tensors", Set.copyOf(expected.keySet()), Set.copyOf(end.keySet()));
        assertThat(end).isNotEmpty();
        double difference = 0;
        double movement = 0;
        for (String name : end.keySet()) {
            float[] right = expected.get(name).floats();
            comparisons.within(place + "final " + name, right, end.get(name), ELEMENT_TOLERANCE);
            difference += squares(right, end.get(name));
            movement += squares(right, start.get(name));
        }
        comparisons.within(place + "final distance", 0, Math.sqrt(difference), MOVEMENT_SHARE * Math.sqrt(movement));
    }

    private static Map<String, TensorEntry> tensors(Path file) {
        return SafetensorsFile.open(file).tensors();
    }

    private static double squares(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    @Override
    public void close() {
        optimizer.close();
        policy.close();
        base.close();
    }
}
