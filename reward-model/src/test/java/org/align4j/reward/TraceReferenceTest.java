package org.align4j.reward;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.PairTokens;
import org.align4j.core.kernel.Engine;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.reference.trace.TraceRun;
import org.align4j.core.train.StepOutcome;
import org.align4j.reward.RewardMethod.PreferenceSupervision;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole runs of TRL's RewardTrainer step by step, by TRL's rule of accumulation, from which Align4J departs on purpose: a short
 * micro-batch weighs as much as a full one. This rule stands here, in the tests, and nowhere else.
 */
@Tag("reference")
class TraceReferenceTest {
    private static final int ALL_TOKENS = 1 << 20;

    @TestFactory
    Stream<DynamicTest> traces() {
        return ReferenceFolder.of("traces")
                .leaving(TraceRun.REMARKS)
                .foldersOf(
                        "meta.json",
                        meta -> meta.get("trainer").asText().startsWith("RewardTrainer"),
                        TraceReferenceTest::check);
    }

    private static void check(ReferenceCase trace, Comparisons comparisons) throws IOException {
        for (boolean recompute : new boolean[] {false, true}) {
            try (TraceRun run = new TraceRun(trace, recompute, Engine.cpu(), comparisons)) {
                replay(trace, run, rows(run), comparisons);
            }
        }
    }

    private static void replay(ReferenceCase trace, TraceRun run, List<PairTokens> rows, Comparisons comparisons) {
        RewardLoss loss = new RewardLoss(run.settings().path("center").asDouble(0), 0);
        RewardRecipe<PairTokens> recipe = new RewardRecipe<>(
                AnswerReader.of(run.policy(), TokenBudget.of(ALL_TOKENS)), new PreferenceSupervision(loss));
        compareStart(run.place(), trace.json("initial.json"), recipe.read(rows).scores(), comparisons);
        for (List<List<PairTokens>> group : run.groups(rows)) {
            run.policy().trainables().zeroGradients();
            run.apply(step(recipe, group));
        }
        run.compareWeights();
    }

    private static Map<String, Double> step(RewardRecipe<PairTokens> recipe, List<List<PairTokens>> group) {
        Map<String, Double> figures = new LinkedHashMap<>();
        for (List<PairTokens> micro : group) {
            StepOutcome outcome = recipe.accumulate(micro, 0, micro.size() * group.size());
            figures.merge("loss", outcome.loss(), Double::sum);
            outcome.metrics().values().forEach((name, value) -> figures.merge(name, value / group.size(), Double::sum));
        }
        return figures;
    }

    private static List<PairTokens> rows(TraceRun run) throws IOException {
        List<PairTokens> rows = new ArrayList<>();
        for (JsonNode row : run.rows()) {
            rows.add(new PairTokens(
                    rows.size(),
                    Comparisons.ints(row.get("prompt_ids")),
                    Comparisons.ints(row.get("chosen_ids")),
                    Comparisons.ints(row.get("rejected_ids")),
                    row.has("margin") ? Double.valueOf(row.get("margin").asDouble()) : null));
        }
        return rows;
    }

    private static void compareStart(String place, JsonNode initial, List<double[]> scores, Comparisons comparisons) {
        for (int row = 0; row < initial.size(); row++) {
            String where = place + "initial[" + row + "].";
            comparisons.close(
                    where + "chosen",
                    initial.get(row).get("chosen").asDouble(),
                    scores.get(row)[0],
                    TraceRun.TOLERANCE);
            comparisons.close(
                    where + "rejected",
                    initial.get(row).get("rejected").asDouble(),
                    scores.get(row)[1],
                    TraceRun.TOLERANCE);
        }
    }
}
