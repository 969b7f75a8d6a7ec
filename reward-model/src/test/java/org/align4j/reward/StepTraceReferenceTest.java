package org.align4j.reward;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.align4j.core.data.StepTokens;
import org.align4j.core.kernel.Engine;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reference.Comparisons;
import org.align4j.core.reference.ReferenceCase;
import org.align4j.core.reference.ReferenceFolder;
import org.align4j.core.reference.trace.TraceRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole runs of TRL's PRMTrainer step by step: the logits before training, every step's loss, gradient norm and rate, the weights at
 * the end, and TRL's own evaluation with them. Where several micro-batches make a step, transformers hands the number of its labelled
 * tokens on to a model that doesn't use it, and adds up the micro-batches' means: the gradient is as many times too large. This rule
 * stands here, in the tests, and nowhere else.
 */
@Tag("reference")
class StepTraceReferenceTest {
    private static final int FEW_TOKENS = 40;

    @TestFactory
    Stream<DynamicTest> traces() {
        return ReferenceFolder.of("traces")
                .leaving(TraceRun.REMARKS)
                .foldersOf(
                        "meta.json",
                        meta -> meta.get("trainer").asText().equals("PRMTrainer"),
                        StepTraceReferenceTest::check);
    }

    private static void check(ReferenceCase trace, Comparisons comparisons) throws IOException {
        for (boolean recompute : new boolean[] {false, true}) {
            try (TraceRun run = new TraceRun(trace, recompute, Engine.cpu(), comparisons)) {
                replay(trace, run, rows(run), comparisons);
            }
        }
    }

    private static void replay(ReferenceCase trace, TraceRun run, List<StepTokens> rows, Comparisons comparisons) {
        StepSupervision supervision = new StepSupervision(
                StepForm.USUAL, run.settings().path("last_step_only").asBoolean());
        RewardRecipe<StepTokens> recipe =
                new RewardRecipe<>(AnswerReader.of(run.policy(), TokenBudget.of(FEW_TOKENS)), supervision);
        compareStart(run.place(), trace.json("initial.json"), recipe.read(rows).scores(), comparisons);
        List<StepTokens> trained = rows.stream().map(supervision::trained).toList();
        for (List<List<StepTokens>> group : run.groups(trained)) {
            run.policy().trainables().zeroGradients();
            run.apply(Map.of(
                    "loss",
                    group.stream().mapToDouble(micro -> loss(recipe, micro)).sum()));
        }
        run.compareWeights();
        JsonNode after = trace.content().get("final_evaluation");
        Map<String, Double> figures = recipe.evaluate(recipe.read(rows)).values();
        comparisons.close(run.place() + "final loss", after.get("loss").asDouble(), figures.get("loss"), 1e-4);
        comparisons.close(
                run.place() + "final accuracy",
                after.get("accuracy").asDouble(),
                figures.get("step_accuracy"),
                TraceRun.TOLERANCE);
    }

    private static double loss(RewardRecipe<StepTokens> recipe, List<StepTokens> batch) {
        return recipe.accumulate(batch, 0, recipe.judgements(batch)).loss();
    }

    private static List<StepTokens> rows(TraceRun run) throws IOException {
        List<StepTokens> rows = new ArrayList<>();
        for (JsonNode row : run.rows()) {
            int[][] steps = row.get("completions_ids")
                    .valueStream()
                    .map(Comparisons::ints)
                    .toArray(int[][]::new);
            boolean[] labels = new boolean[steps.length];
            for (int s = 0; s < labels.length; s++) {
                labels[s] = row.get("labels").get(s).asBoolean();
            }
            rows.add(StepTokens.of(rows.size(), Comparisons.ints(row.get("prompt_ids")), steps, labels));
        }
        return rows;
    }

    private static void compareStart(String place, JsonNode initial, List<double[]> logOdds, Comparisons comparisons) {
        for (int row = 0; row < initial.size(); row++) {
            double[] expected = initial.get(row)
                    .valueStream()
                    .mapToDouble(step -> step.get(1).asDouble() - step.get(0).asDouble())
                    .toArray();
            comparisons.close(place + "initial[" + row + "]", expected, logOdds.get(row), TraceRun.TOLERANCE);
        }
    }
}
