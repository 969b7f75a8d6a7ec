package org.align4j.core.reference.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.kernel.Engine;
import org.align4j.core.policy.Policy;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.train.options.TrainingPlan.OptimizerPlan;
import org.align4j.core.train.options.UpdateOptions;
import org.align4j.core.train.options.UpdateOptions.Schedule;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;

/**
 * A recorded run of a TRL trainer computed again with Align4J's model, schedule, clipping and optimizer, and compared with the record
 * within the tolerances of the traces' README; what its rows and its loss are is the caller's.
 */
public final class TraceRun implements AutoCloseable {
    /** What a trace says twice, of how its rows and weights were made, or of how TRL's own run was laid out. */
    public static final String[] REMARKS = {
        "final",
        "reference",
        "method",
        "data",
        "lora",
        "ref_model",
        "warmup",
        "wd",
        "schedule",
        "max_length",
        "device",
        "eos_token_id",
        "sampler",
        "optimizer_groups",
        "prompts",
        "steps_per_generation",
        "generations",
        "max_completion",
        "policy_noise",
        "ppo_epochs",
        "max_query",
        "rollout_batch",
        "stop_token_id",
        "metrics"
    };

    /** Of losses and metrics. */
    public static final double TOLERANCE = 2e-5;

    private static final double RATE_TOLERANCE = 1e-12;
    private static final double GRADIENT_TOLERANCE = 1e-6;
    private static final double ELEMENT_TOLERANCE = 2e-4;
    private static final double MOVEMENT_SHARE = 5e-4;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ReferenceCase trace;
    private final String place;
    private final Comparisons comparisons;
    private final TracedModel model;
    private final OptimizerPlan rates;
    private final int totalSteps;
    private final Map<String, float[]> start;
    private double tolerance = TOLERANCE;
    private int step;

    /**
     * @param recompute whether layers are computed again on the way back
     * @param engine of the device that it is computed on
     */
    public TraceRun(ReferenceCase trace, boolean recompute, Engine engine, Comparisons comparisons) {
        this.trace = trace;
        this.place = recompute ? "recomputed " : "";
        this.comparisons = comparisons;
        JsonNode meta = trace.content();
        totalSteps = meta.get("total_optimizer_steps").asInt();
        String folder = meta.path("model").asText("models/policy");
        String adapter = meta.path("adapter_init").textValue();
        model = new TracedModel(
                trace.file(folder).normalize(),
                adapter == null ? null : trace.file(adapter),
                fixed(),
                recompute,
                engine);
        comparisons.same(place + "optimizer", "AdamW", fixed().path("optimizer").asText("AdamW"));
        rates = new OptimizerPlan(
                settings().get("lr").asDouble(),
                settings().get("lr").asDouble(),
                new UpdateOptions(
                        Schedule.valueOf(fixed().get("lr_schedule").asText().toUpperCase(Locale.ROOT)),
                        fixed().get("warmup_steps").asInt(),
                        null,
                        fixed().get("weight_decay").asDouble(),
                        fixed().get("betas").get(0).asDouble(),
                        fixed().get("betas").get(1).asDouble(),
                        fixed().get("eps").asDouble(),
                        fixed().get("max_grad_norm").asDouble()));
        start = model.values();
    }

    /** Holds losses and metrics to another tolerance than {@link #TOLERANCE} from now on. */
    public void holdTo(double relative) {
        tolerance = relative;
    }

    /** The recorded rows, read one by one. */
    public List<JsonNode> rows() throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(trace.file("data.jsonl"))) {
            rows.add(JSON.readTree(line));
        }
        return rows;
    }

    /** The rows of every optimizer step, micro-batch by micro-batch; as many steps as were recorded. */
    public <R> List<List<List<R>>> groups(List<R> rows) {
        comparisons.same(place + "rows", settings().path("rows").asInt(rows.size()), rows.size());
        List<List<R>> micros = split(rows, settings().get("batch").asInt());
        List<List<List<R>>> epoch = split(micros, settings().path("accum").asInt(1));
        List<List<List<R>>> all = new ArrayList<>();
        for (int i = 0; i < settings().path("epochs").asInt(1); i++) {
            all.addAll(epoch);
        }
        comparisons.same(place + "steps", trace.json("steps.json").size(), all.size());
        comparisons.same(place + "total steps", totalSteps, all.size());
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
        return model.policy();
    }

    /** Whether an adapter trains, not every weight. */
    public boolean isAdapted() {
        return trace.content().path("adapter_init").isTextual();
    }

    /** What the run was set to. */
    public JsonNode settings() {
        return trace.content().get("settings");
    }

    /** What all runs of the trace's script were set to. */
    public JsonNode fixed() {
        return trace.content().get("fixed_settings");
    }

    /** Where comparisons are said to be. */
    public String place() {
        return place;
    }

    /** Steps applied. */
    public int step() {
        return step;
    }

    /** Applies the gradients and compares the step's figures, by TRL's names, and the first step's gradients. */
    public void apply(Map<String, Double> figures) {
        step++;
        double norm = model.optimizer().gradientNorm();
        double scale = rates.update().gradientScale(norm);
        double rate = rates.learningRate(step, totalSteps);
        Map<String, float[]> gradients = model.gradients(scale);
        model.optimizer().apply(rate, scale);
        Map<String, Double> all = new LinkedHashMap<>(figures);
        all.put("grad_norm", norm);
        all.put("learning_rate_used", rate);
        compareFigures(trace.json("steps.json").get(step - 1), all);
        if (step == 1) {
            TracedModel.compare(
                    place + "gradient",
                    trace.file("grads_step0_after_clipping.safetensors"),
                    gradients,
                    GRADIENT_TOLERANCE,
                    comparisons);
        }
    }

    private void compareFigures(JsonNode expected, Map<String, Double> figures) {
        String where = place + "step " + step + " ";
        figures.forEach((name, actual) -> {
            comparisons.same(where + name + " is there", true, expected.has(name));
            double value = expected.path(name).asDouble();
            if (name.equals("learning_rate_used")) {
                comparisons.within(where + name, value, actual, RATE_TOLERANCE);
            } else if (name.equals("grad_norm")) {
                comparisons.within(where + name, value, actual, tolerance * value);
            } else {
                comparisons.close(where + name, value, actual, tolerance);
            }
        });
    }

    /** Compares what is trained with what the record ends with. */
    public void compareWeights() {
        String name = trace.has("adapter_init") ? "adapter_model.safetensors" : "model.safetensors";
        Path file = trace.file("final").resolve(name);
        Map<String, float[]> end = model.values();
        assertThat(end).isNotEmpty();
        TracedModel.compare(place + "final", file, end, ELEMENT_TOLERANCE, comparisons);
        Map<String, TensorEntry> expected = SafetensorsFile.open(file).tensors();
        double difference = 0;
        double movement = 0;
        for (String tensor : end.keySet()) {
            float[] right = expected.get(tensor).floats();
            difference += squares(right, end.get(tensor));
            movement += squares(right, start.get(tensor));
        }
        comparisons.within(place + "final distance", 0, Math.sqrt(difference), MOVEMENT_SHARE * Math.sqrt(movement));
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
        model.close();
    }
}
