package org.align4j.reward;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.weights.SafetensorsFile;
import org.align4j.core.weights.TensorEntry;
import org.align4j.reward.loss.ScoredPairs;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Whole runs of TRL's RewardTrainer step by step, within the tolerances of the traces' README. */
@Tag("reference")
class TraceReferenceTest {
    private static final double TOLERANCE = 2e-5;
    private static final double RATE_TOLERANCE = 1e-12;
    private static final double GRADIENT_TOLERANCE = 1e-6;
    private static final double ELEMENT_TOLERANCE = 2e-4;
    private static final double MOVEMENT_SHARE = 5e-4;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestFactory
    Stream<DynamicTest> traces() {
        return ReferenceFolder.of("traces")
                .foldersOf(
                        "meta.json",
                        meta -> meta.get("trainer").asText().startsWith("RewardTrainer"),
                        TraceReferenceTest::check);
    }

    private static void check(ReferenceCase trace, Comparisons comparisons) throws IOException {
        List<PairTokens> rows = rows(trace.file("data.jsonl"));
        for (boolean recompute : new boolean[] {false, true}) {
            try (TraceReplay replay = new TraceReplay(trace, recompute)) {
                replay(recompute ? "recomputed " : "", trace, replay, rows, comparisons);
            }
        }
    }

    private static void replay(
            String place, ReferenceCase trace, TraceReplay replay, List<PairTokens> rows, Comparisons comparisons) {
        JsonNode steps = trace.json("steps.json");
        List<List<List<PairTokens>>> groups = replay.groups(rows);
        compareStart(place, trace.json("initial.json"), replay.score(rows), comparisons);
        comparisons.same(place + "steps", steps.size(), groups.size());
        Map<String, float[]> start = replay.values();
        for (int i = 0; i < groups.size(); i++) {
            TraceReplay.Step step = replay.step(groups.get(i));
            compareFigures(place + "step " + (i + 1) + " ", steps.get(i), step.figures(), comparisons);
            if (i == 0) {
                compareGradients(place, trace, step.gradients(), comparisons);
            }
        }
        compareWeights(place, trace, start, replay.values(), comparisons);
    }

    private static List<PairTokens> rows(Path data) throws IOException {
        List<PairTokens> rows = new ArrayList<>();
        for (String line : Files.readAllLines(data)) {
            JsonNode row = JSON.readTree(line);
            rows.add(new PairTokens(
                    rows.size(),
                    Comparisons.ints(row.get("prompt_ids")),
                    Comparisons.ints(row.get("chosen_ids")),
                    Comparisons.ints(row.get("rejected_ids")),
                    row.has("margin") ? Double.valueOf(row.get("margin").asDouble()) : null));
        }
        return rows;
    }

    private static void compareStart(String place, JsonNode initial, ScoredPairs scored, Comparisons comparisons) {
        for (int row = 0; row < initial.size(); row++) {
            String where = place + "initial[" + row + "].";
            comparisons.close(
                    where + "chosen", initial.get(row).get("chosen").asDouble(), scored.chosen()[row], TOLERANCE);
            comparisons.close(
                    where + "rejected", initial.get(row).get("rejected").asDouble(), scored.rejected()[row], TOLERANCE);
        }
    }

    private static void compareFigures(
            String place, JsonNode expected, Map<String, Double> figures, Comparisons comparisons) {
        figures.forEach((name, actual) -> {
            double value = expected.get(name).asDouble();
            if (name.equals("learning_rate_used")) {
                comparisons.within(place + name, value, actual, RATE_TOLERANCE);
            } else if (name.equals("grad_norm")) {
                comparisons.within(place + name, value, actual, TOLERANCE * value);
            } else {
                comparisons.close(place + name, value, actual, TOLERANCE);
            }
        });
    }

    private static void compareGradients(
            String place, ReferenceCase trace, Map<String, float[]> actual, Comparisons comparisons) {
        Map<String, TensorEntry> expected = SafetensorsFile.open(trace.file("grads_step0_after_clipping.safetensors"))
                .tensors();
        comparisons.same(place + "gradients", Set.copyOf(expected.keySet()), Set.copyOf(actual.keySet()));
        actual.forEach((name, values) -> comparisons.within(
                place + "gradient " + name, expected.get(name).floats(), values, GRADIENT_TOLERANCE));
    }

    private static void compareWeights(
            String place,
            ReferenceCase trace,
            Map<String, float[]> start,
            Map<String, float[]> end,
            Comparisons comparisons) {
        String file = trace.has("adapter_init") ? "adapter_model.safetensors" : "model.safetensors";
        Map<String, TensorEntry> expected =
                SafetensorsFile.open(trace.file("final").resolve(file)).tensors();
        comparisons.same(place + "tensors", Set.copyOf(expected.keySet()), Set.copyOf(end.keySet()));
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

    private static double squares(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }
}
