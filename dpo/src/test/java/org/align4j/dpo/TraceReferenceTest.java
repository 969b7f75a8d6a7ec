package org.align4j.dpo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.align4j.core.kernel.Engine;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.reference.trace.TraceRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole TRL runs of DPO, KTO and SFT step by step, within the tolerances of the traces' README. {@link TraceReplay} says
 * which of TRL's rules only the tests know.
 */
@Tag("reference")
class TraceReferenceTest {
    private static final Set<String> BUILT = Set.of("dpo", "kto", "sft");
    private static final Set<String> ELSEWHERE = Set.of("reward", "ppo", "grpo");

    private static String method(JsonNode meta) {
        return meta.get("trainer").asText().replaceAll("Trainer.*", "").toLowerCase(Locale.ROOT);
    }

    /** Runs of reward models, PPO and GRPO are compared in modules of their own. */
    @TestFactory
    Stream<DynamicTest> traces() {
        return traces(Engine.cpu());
    }

    /** Compares the runs computed on the device of an engine. */
    static Stream<DynamicTest> traces(Engine engine) {
        Predicate<JsonNode> ours = meta -> !ELSEWHERE.contains(method(meta));
        return ReferenceFolder.of("traces")
                .leaving(TraceRun.REMARKS)
                .foldersOf("meta.json", ours, (trace, comparisons) -> {
                    String method = method(trace.content());
                    if (!BUILT.contains(method)) {
                        comparisons.notBuilt(method);
                    }
                    boolean recompute = trace.name().hashCode() % 2 == 0;
                    try (TraceReplay replay = new TraceReplay(trace, recompute, engine, comparisons)) {
                        check(trace, replay, comparisons);
                    }
                });
    }

    private static void check(ReferenceCase trace, TraceReplay replay, Comparisons comparisons) throws IOException {
        List<JsonNode> rows = replay.run().rows();
        compareStart(trace, replay, rows, comparisons);
        replay.run().groups(rows).forEach(replay::step);
        replay.run().compareWeights();
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
                        comparisons.close(place + full, expected.get(full).asDouble(), sum, TraceRun.TOLERANCE);
                    }
                }
            }
        }
    }
}
