package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.align4j.core.data.RowRelations;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarningsTest {
    private static final UsualRate USUAL = new UsualRate(2e-5, 4096);
    private static final DataFacts HEALTHY = new DataFacts(1000, 990, 200, 0.52, 950, 2e-5, USUAL, 1.0);

    @Test
    void aHealthyRunGetsNone() {
        MetricHistory history = steps(
                60,
                step -> Map.of(
                        "loss",
                        0.69 - 0.004 * step,
                        "grad_norm",
                        2.0 + step % 3,
                        "rewards/chosen",
                        0.01 * step,
                        "rewards/margins",
                        0.02 * step,
                        "rewards/accuracies",
                        Math.min(0.9, 0.5 + 0.01 * step)));
        assertThat(Warnings.of(history, HEALTHY)).isEmpty();
        assertThat(Warnings.of(new MetricHistory(List.of()), HEALTHY)).isEmpty();
    }

    @Test
    void fewRowsAndSteps() {
        DataFacts few = new DataFacts(49, 49, 4, 0.5, 40, 2e-5, USUAL, 1.0);
        assertThat(codes(Warnings.beforeTraining(few))).containsExactly("few-rows", "few-steps");
        assertThat(Warnings.beforeTraining(few).get(0).text()).contains("only 49 rows");
    }

    @Test
    void dropsLengthAndLearningRate() {
        DataFacts facts = new DataFacts(1000, 800, 200, 0.72, 700, 1e-3, USUAL, 1.0);
        List<Warning> warnings = Warnings.beforeTraining(facts);
        assertThat(codes(warnings)).containsExactly("rows-dropped", "length-bias", "learning-rate");
        assertThat(warnings.get(0).seen()).isEqualTo("200 of 1,000 rows (20 %) were dropped.");
        assertThat(warnings.get(1).seen()).contains("72 %", "700 pairs", "longer");
        assertThat(warnings.get(2).seen()).contains("0.00100", "over ten times more", "2.00e-05");
    }

    /** A sixteenth of the width takes sixteen times the rate: 10 * 16 * 2e-5 = 3.2e-3 is the most that goes without a word. */
    @ParameterizedTest
    @CsvSource({
        "4096, 1.9e-4, ''",
        "4096, 2.1e-4, 2.00e-05 for this method and a model of width 4096",
        "8192, 2.1e-4, 2.00e-05",
        "256, 3.1e-3, ''",
        "256, 3.3e-3, 0.000320 for this method and a model of width 256",
        "256, 2.1e-6, the 200 steps move no weight further than 1.3 steps at the usual 0.000320",
        "256, 3.3e-6, ''",
        "4096, 1.9e-6, over ten times less than the usual 2.00e-05"
    })
    void aNarrowModelTakesALargerRate(int width, double rate, String said) {
        UsualRate usual = new UsualRate(2e-5, width);
        List<Warning> warnings = Warnings.beforeTraining(new DataFacts(1000, 1000, 200, 0.5, 700, rate, usual, 1.0));
        assertThat(codes(warnings)).hasSize(said.isEmpty() ? 0 : 1);
        assertThat(warnings.toString()).contains(said);
    }

    @Test
    void shorterChosenIsABiasTooButNotInAHandfulOfPairs() {
        DataFacts shorter = new DataFacts(1000, 1000, 200, 0.2, 700, 2e-5, USUAL, 1.0);
        assertThat(Warnings.beforeTraining(shorter).get(0).seen()).contains("80 %", "shorter");
        DataFacts handful = new DataFacts(1000, 1000, 200, 0.9, 10, 2e-5, USUAL, 1.0);
        assertThat(Warnings.beforeTraining(handful)).isEmpty();
    }

    @Test
    void lengthsOfThreePairs() {
        DataFacts.Lengths lengths = DataFacts.Lengths.of(new int[] {5, 3, 4}, new int[] {3, 5, 4});
        assertThat(lengths).isEqualTo(new DataFacts.Lengths(1, 2));
        assertThat(lengths.longerChosenFraction()).isEqualTo(0.5);
    }

    @Test
    void lossNotFinite() {
        assertOnly(steps(3, step -> Map.of("loss", step == 3 ? Double.NaN : 0.6)), "loss-not-finite", "step 3");
    }

    @Test
    void chosenFallingOnTheEvaluationRows() {
        MetricHistory history = history(
                Map.of("step", 0.0, "eval_logps/chosen", -80.0), Map.of("step", 60.0, "eval_logps/chosen", -95.5));
        assertOnly(history, "chosen-falling", "from -80.0 to -95.5");
    }

    @Test
    void chosenFallingAgainstTheReference() {
        MetricHistory history = steps(60, step -> Map.of("loss", 0.6, "rewards/chosen", -0.02 * step));
        assertOnly(history, "chosen-falling", "mean reward -1.15 over the last 6 steps");
    }

    @Test
    void marginsSaturated() {
        MetricHistory history = steps(
                60,
                step -> Map.of(
                        "loss", 0.01, "rewards/margins", 0.2 * step, "rewards/accuracies", step < 10 ? 0.7 : 1.0));
        assertOnly(history, "margins-saturated", "100 %");
    }

    @Test
    void evaluationWorse() {
        MetricHistory history = history(
                Map.of("step", 0.0, "eval_loss", 0.6931),
                Map.of("step", 60.0, "eval_loss", 0.6102),
                Map.of("step", 120.0, "eval_loss", 0.6405));
        assertOnly(history, "evaluation-worse", "best at step 60 (0.6102)");
    }

    @Test
    void guardPerplexity() {
        MetricHistory history = history(
                Map.of("step", 0.0, "eval_guard_perplexity", 12.0),
                Map.of("step", 60.0, "eval_guard_perplexity", 13.2));
        assertOnly(history, "guard-perplexity", "rose by 10.0 % (from 12.00 to 13.20)");
    }

    @Test
    void certainAtTheStart() {
        assertOnly(history(Map.of("step", 0.0, "eval_accuracy", 0.99)), "certain-at-start", "99 %");
        assertOnly(
                steps(8, step -> Map.of("loss", 0.1, "rewards/accuracies", step == 1 ? 0.0 : 1.0)),
                "certain-at-start",
                "steps 2 to 6");
    }

    /** A reward of a loss without a reference is a log-probability, below 0 from the start: nothing has fallen. */
    @Test
    void aLossWithoutReferenceHasNoneToFallBelow() {
        MetricHistory history = steps(60, step -> Map.of("loss", 0.6, "rewards/chosen", -2.0));
        assertThat(warnings(history, MethodFacts.ofPreferences(List.of("simpo"), false)))
                .isEmpty();
        assertThat(warnings(history, MethodFacts.ofPreferences(List.of("sigmoid"), true)))
                .hasSize(1);
    }

    @Test
    void adviceNamesWhatTheMethodHas() {
        MetricHistory falling = history(
                Map.of("step", 0.0, "eval_logps/chosen", -80.0), Map.of("step", 60.0, "eval_logps/chosen", -95.5));
        assertThat(advice(falling, MethodFacts.ofPreferences(List.of("sigmoid"), true)))
                .contains("raise beta", "sft loss", "use dpop");
        assertThat(advice(falling, MethodFacts.ofPreferences(List.of("simpo"), false)))
                .contains("sft loss")
                .doesNotContain("beta", "dpop");
        assertThat(advice(falling, MethodFacts.ofPreferences(List.of("dpop"), true)))
                .doesNotContain("use dpop");
        assertThat(advice(falling, MethodFacts.ofPreferences(List.of("kto"), true)))
                .contains("raise beta")
                .doesNotContain("sft loss", "dpop");
        MetricHistory forgetting = history(
                Map.of("step", 0.0, "eval_guard_perplexity", 12.0),
                Map.of("step", 60.0, "eval_guard_perplexity", 13.2));
        assertThat(advice(forgetting, MethodFacts.of("sft"))).doesNotContain("beta", "kl-coefficient");
        assertThat(advice(forgetting, MethodFacts.of("ppo")))
                .contains("kl-coefficient")
                .doesNotContain("beta");
        MetricHistory clipped = steps(60, step -> Map.of("grad_norm", 40.0));
        assertThat(advice(clipped, MethodFacts.of("sft"))).doesNotContain("beta");
    }

    /** dpop's loss holds a penalty that rises while the pairs are learned; ipo pulls large margins back. */
    @Test
    void lossesOfTheirOwnKindArentMisread() {
        MetricHistory rising = history(
                Map.of("step", 0.0, "eval_loss", 0.6931),
                Map.of("step", 60.0, "eval_loss", 0.6102),
                Map.of("step", 120.0, "eval_loss", 0.9405));
        assertThat(warnings(rising, MethodFacts.ofPreferences(List.of("dpop"), true)))
                .isEmpty();
        MetricHistory margins =
                steps(60, step -> Map.of("rewards/margins", 6.0, "rewards/accuracies", 1.0 - 1e-9 * step));
        assertThat(codes(warnings(margins, MethodFacts.ofPreferences(List.of("ipo"), true))))
                .doesNotContain("margins-saturated");
    }

    /** A loss that was best before the first step was never learned: that is no overfitting. */
    @Test
    void aLossThatNeverFellIsNoOverfitting() {
        MetricHistory history =
                history(Map.of("step", 0.0, "eval_loss", 0.6931), Map.of("step", 60.0, "eval_loss", 1.5));
        assertThat(advice(history, MethodFacts.of("sft")))
                .contains("never fell below")
                .doesNotContain("overfits");
    }

    @Test
    void aScoreThatIsGamed() {
        MetricHistory near = history(answers(0, 1, 0, 20, 0.8, 2), answers(60, 3, 6, 24, 0.7, 1.5));
        assertThat(warnings(near, MethodFacts.of("ppo"))).isEmpty();
        MetricHistory far = history(answers(0, 1, 0, 20, 0.8, 2), answers(60, 3, 14.2, 31, 0.5, 0.9));
        List<Warning> found = warnings(far, MethodFacts.of("ppo"));
        assertThat(codes(found)).containsExactly("over-optimisation");
        assertThat(found.get(0).seen())
                .isEqualTo(
                        "The score rises while an answer is 14.2 nats from the reference, answers went from 20.0 to 31.0"
                                + " tokens, different pairs of neighbouring tokens fell from 80 % to 50 %, entropy fell from 2.00 to 0.90"
                                + " nats a token.");
        MetricHistory falling = history(answers(0, 3, 0, 20, 0.8, 2), answers(60, 1, 14.2, 31, 0.5, 0.9));
        assertThat(warnings(falling, MethodFacts.of("ppo"))).isEmpty();
    }

    private static Map<String, Double> answers(
            double step, double score, double kl, double length, double distinct, double entropy) {
        return Map.of(
                "step",
                step,
                "eval_objective/scores",
                score,
                "eval_objective/kl",
                kl,
                "eval_responses/length",
                length,
                "eval_responses/distinct_2",
                distinct,
                "eval_objective/entropy",
                entropy);
    }

    /** The policy of 10 steps with 4 passes moves 40 times: that is what counts, and what is said. */
    @Test
    void updatesOfPpoCount() {
        DataFacts facts = new DataFacts(
                500, 500, 40, null, 0, 2e-5, USUAL, 1.0, RowRelations.none(500, 0), MethodFacts.of("ppo"));
        assertThat(Warnings.beforeTraining(facts).get(0).seen())
                .isEqualTo("The run moves the policy only 40 times (steps times ppo-epochs times mini-batches).");
    }

    /** 34 pairs and the same 34 the other way round among 400 rows: 17 %. One slip of a thousand rows is told, not warned of. */
    @Test
    void overlapAndContradictions() {
        RowRelations many = new RowRelations(400, new int[] {0, 1, 2, 3}, new int[] {1, 3}, 2, 68, 0);
        List<Warning> found = Warnings.beforeTraining(new DataFacts(
                400, 400, 200, null, 0, 2e-5, USUAL, 1.0, many, MethodFacts.ofPreferences(List.of("sigmoid"), true)));
        assertThat(codes(found)).containsExactly("overlap", "contradictions");
        assertThat(found.get(0).seen()).contains("2 of 4 held-out rows are trained on too");
        assertThat(found.get(1).seen()).contains("68 of 400 training rows (17.0 %) contradict each other");
        RowRelations slip = new RowRelations(1000, new int[0], new int[0], 0, 2, 0);
        assertThat(Warnings.beforeTraining(
                        new DataFacts(1000, 1000, 200, null, 0, 2e-5, USUAL, 1.0, slip, MethodFacts.of("reward"))))
                .isEmpty();
        assertThat(slip.sentences()).hasSize(1);
    }

    private static List<Warning> warnings(MetricHistory history, MethodFacts method) {
        DataFacts facts = new DataFacts(1000, 990, 200, 0.52, 950, 2e-5, USUAL, 1.0, RowRelations.none(990, 0), method);
        return Warnings.of(history, facts);
    }

    private static String advice(MetricHistory history, MethodFacts method) {
        List<Warning> found = warnings(history, method);
        assertThat(found).hasSize(1);
        return found.get(0).advice();
    }

    @Test
    void gradients() {
        assertOnly(
                steps(60, step -> Map.of("grad_norm", step < 50 ? 0.5 : 90.0)), "gradient-exploding", "0.500", "90.0");
        assertOnly(steps(60, step -> Map.of("grad_norm", 40.0)), "gradient-clipped", "60 of 60", "max-grad-norm");
    }

    /** A killed run leaves half a last line; a broken line before the last is an error with file and line. */
    @Test
    void readsMetricsLines(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        Files.writeString(file, "{\"step\":1,\"loss\":0.5}\n{\"step\":1,\"eval_loss\":null}\n{\"step\":2,\"lo");
        MetricHistory history = MetricHistory.read(file);
        assertThat(history.names()).containsExactly("step", "loss", "eval_loss");
        assertThat(history.series("eval_loss").last()).isNaN();
        assertThat(history.lastStep()).isEqualTo(1);
        Files.writeString(file, "{\"step\":1}\nnonsense\n{\"step\":2}\n");
        assertThatThrownBy(() -> MetricHistory.read(file))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("metrics.jsonl:2");
    }

    private static void assertOnly(MetricHistory history, String code, String... words) {
        List<Warning> warnings = Warnings.of(history, HEALTHY);
        assertThat(codes(warnings)).containsExactly(code);
        assertThat(warnings.get(0).seen()).contains(words);
        assertThat(warnings.get(0).advice()).endsWith(".");
    }

    private static List<String> codes(List<Warning> warnings) {
        return warnings.stream().map(Warning::code).toList();
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static MetricHistory history(Map<String, Double>... lines) {
        return new MetricHistory(List.of(lines));
    }

    private static MetricHistory steps(int count, IntFunction<Map<String, Double>> values) {
        List<Map<String, Double>> lines = new ArrayList<>();
        for (int step = 1; step <= count; step++) {
            Map<String, Double> line = new LinkedHashMap<>();
            line.put("step", (double) step);
            line.putAll(values.apply(step));
            lines.add(line);
        }
        return new MetricHistory(lines);
    }
}
