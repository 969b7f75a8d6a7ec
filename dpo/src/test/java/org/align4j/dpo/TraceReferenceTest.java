package org.align4j.dpo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole TRL runs of DPO, KTO and SFT step by step, within the tolerances of the traces' README. {@link TraceReplay} says
 * which of TRL's rules only the tests know.
 */
@Tag("reference")
class TraceReferenceTest {
    private static final double TOLERANCE = 2e-5;
    private static final double RATE_TOLERANCE = 1e-12;
    private static final double GRADIENT_TOLERANCE = 1e-6;
    private static final double ELEMENT_TOLERANCE = 2e-4;
    private static final double MOVEMENT_SHARE = 5e-4;
    private static final Set<String> BUILT = Set.of("dpo", "kto", "sft");
    private static final Set<String> ELSEWHERE = Set.of("reward", "ppo", "grpo");
    private static final ObjectMapper JSON = new ObjectMapper();

    private static String method(JsonNode meta) {
        return meta.get("trainer").asText().replaceAll("Trainer.*", "").toLowerCase(Locale.ROOT);
    }

    /** Runs of reward models, PPO and GRPO are compared in modules of their own. */
    @TestFactory
    Stream<DynamicTest> traces() {
        Predicate<JsonNode> ours = meta -> !ELSEWHERE.contains(method(meta));
        return ReferenceFolder.of("traces").foldersOf("meta.json", ours, (trace, comparisons) -> {
            String method = method(trace.content());
            if (!BUILT.contains(method)) {
                comparisons.notBuilt(method);
            }
            boolean recompute = trace.name().hashCode() % 2 == 0;
            try (TraceReplay replay = new TraceReplay(trace, recompute)) {
                check(trace, replay, comparisons);
            }
        });
    }

    private static void check(ReferenceCase trace, TraceReplay replay, Comparisons comparisons) throws IOException {
        List<JsonNode> rows = rows(trace.file("data.jsonl"));
        JsonNode steps = trace.json("steps.json");
        List<List<List<JsonNode>>> groups = replay.groups(rows);
        compareStart(trace, replay, rows, comparisons);
        comparisons.same("steps", steps.size(), groups.size());
        comparisons.same("total steps", groups.size(), replay.totalSteps());
        Map<String, float[]> start = replay.values();
        for (int i = 0; i < groups.size(); i++) {
            TraceReplay.Step step = replay.step(groups.get(i));
            compareFigures("step " + (i + 1) + " ", steps.get(i), step.figures(), comparisons);
            if (i == 0) {
                compareGradients(trace, step.gradients(), comparisons);
            }
        }
        compareWeights(trace, start, replay.values(), comparisons);
    }

    private static List<JsonNode> rows(Path data) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(data)) {
            rows.add(JSON.readTree(line));
        }
        return rows;
    }

    private static void compareStart(
            ReferenceCase trace, TraceReplay replay, List<JsonNode> rows, Comparisons comparisons) {
        JsonNode initial = trace.json("initial.json");
        compareStart(initial, replay, rows, replay.answers(), comparisons);
        if (initial.get(0).has("policy_kl_logp")) {
            compareStart(initial, replay, rows, List.of("kl_completion"), comparisons);
        }
    }

    private static void compareStart(
            JsonNode initial, TraceReplay replay, List<JsonNode> rows, List<String> answers, Comparisons comparisons) {
        double[][][][] scores = replay.score(rows, answers);
        for (int answer = 0; answer < answers.size(); answer++) {
            String name = answers.get(answer).replace("completion", "").replace("_", "");
            String field = (name.isEmpty() ? "" : name + "_") + "logp";
            for (int row = 0; row < rows.size(); row++) {
                JsonNode expected = initial.get(row);
                String place = "initial[" + row + "].";
                for (int side = 0; side < scores.length; side++) {
                    String full = (side == 0 ? "policy_" : "ref_") + field;
                    if (expected.has(full)) {
                        double sum = Arrays.stream(scores[side][answer][row]).sum();
                        comparisons.close(place + full, expected.get(full).asDouble(), sum, TOLERANCE);
                    }
                }
            }
        }
    }

    private static void compareFigures(
            String place, JsonNode expected, Map<String, Double> figures, Comparisons comparisons) {
        figures.forEach((name, actual) -> {
            comparisons.same(place + name + " is there", true, expected.has(name));
            double value = expected.path(name).asDouble();
            if (name.equals("learning_rate_used")) {
                comparisons.within(place + name, value, actual, RATE_TOLERANCE);
            } else if (name.equals("grad_norm")) {
                comparisons.within(place + name, value, actual, TOLERANCE * value);
            } else {
                comparisons.close(place + name, value, actual, TOLERANCE);
            }
        });
    }

    private static void compareGradients(ReferenceCase trace, Map<String, float[]> actual, Comparisons comparisons) {
        Map<String, TensorEntry> expected = SafetensorsFile.open(trace.file("grads_step0_after_clipping.safetensors"))
                .tensors();
        comparisons.same("gradients", Set.copyOf(expected.keySet()), Set.copyOf(actual.keySet()));
        actual.forEach((name, values) ->
                comparisons.within("gradient " + name, expected.get(name).floats(), values, GRADIENT_TOLERANCE));
    }

    private static void compareWeights(
            ReferenceCase trace, Map<String, float[]> start, Map<String, float[]> end, Comparisons comparisons) {
        String file = trace.has("adapter_init") ? "adapter_model.safetensors" : "model.safetensors";
        Map<String, TensorEntry> expected =
                SafetensorsFile.open(trace.file("final").resolve(file)).tensors();
        comparisons.same("tensors", Set.copyOf(expected.keySet()), Set.copyOf(end.keySet()));
        double difference = 0;
        double movement = 0;
        for (String name : end.keySet()) {
            float[] right = expected.get(name).floats();
            comparisons.within("final " + name, right, end.get(name), ELEMENT_TOLERANCE);
            difference += squares(right, end.get(name));
            movement += squares(right, start.get(name));
        }
        comparisons.within("final distance", 0, Math.sqrt(difference), MOVEMENT_SHARE * Math.sqrt(movement));
    }

    private static double squares(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }
}
