package org.align4j.core.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.MethodFigures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarningsTest {
    private static final UsualRate USUAL = new UsualRate(2e-5, 4096);
    private static final MethodWarnings METHOD = () -> MethodFigures.of(
            List.of(Figure.of("rewards/margins", Meaning.MARGIN), Figure.of("rewards/accuracies", Meaning.ACCURACY)));
    private static final DataFacts HEALTHY = facts(1000, 990, 200, 2e-5, USUAL);

    private static DataFacts facts(long read, long used, long steps, double rate, UsualRate usual) {
        return facts(read, used, steps, Screening.NONE, rate, usual);
    }

    private static DataFacts facts(
            long read, long used, long steps, Screening screening, double rate, UsualRate usual) {
        return new DataFacts(
                new DataFacts.Rows(read, used),
                steps,
                screening,
                new DataFacts.Rate(rate, usual, 1.0),
                "",
                List.of(),
                METHOD);
    }

    @Test
    void aHealthyRunGetsNone() {
        MetricHistory history = Histories.steps(
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
        DataFacts few = facts(49, 49, 4, 2e-5, USUAL);
        assertThat(Histories.codes(Warnings.beforeTraining(few))).containsExactly("few-rows", "few-steps");
        assertThat(Warnings.beforeTraining(few).get(0).text())
                .contains("only 49 rows")
                .doesNotContain("examples");
    }

    /** Rows that can stand in a prompt are advised to stand there first. */
    @Test
    void fewRowsComeWithTheCommandThatShowsThem() {
        String command = "align chat --model m --examples f.jsonl";
        DataFacts few = new DataFacts(
                new DataFacts.Rows(49, 49),
                60,
                Screening.NONE,
                new DataFacts.Rate(2e-5, USUAL, 1.0),
                command,
                List.of(),
                METHOD);
        assertThat(Warnings.beforeTraining(few).get(0).advice())
                .isEqualTo(
                        "Put them into the prompt as examples first, which trains nothing: align chat --model m --examples"
                                + " f.jsonl. Collect a few hundred; below 50 the result is mostly chance.");
    }

    @Test
    void dropsAndLearningRate() {
        DataFacts facts = facts(1000, 800, 200, 1e-3, USUAL);
        List<Warning> warnings = Warnings.beforeTraining(facts);
        assertThat(Histories.codes(warnings)).containsExactly("rows-dropped", "learning-rate");
        assertThat(warnings.get(0).seen()).isEqualTo("200 of 1,000 rows (20 %) were dropped.");
        assertThat(warnings.get(1).seen()).contains("0.00100", "over ten times more", "2.00e-05");
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
        List<Warning> warnings = Warnings.beforeTraining(facts(1000, 1000, 200, rate, usual));
        assertThat(Histories.codes(warnings)).hasSize(said.isEmpty() ? 0 : 1);
        assertThat(warnings.toString()).contains(said);
    }

    /** What the doctor found stands among the warnings; rows that it told of are not told of again, others are. */
    @Test
    void whatTheDoctorFoundIsToldOnce() {
        Warning schema = new Warning("schema", "150 of 1,000 rows can't be used.", "Fix them.");
        Screening screening = new Screening(List.of("schema", "contradictions"), List.of(schema), 150, "align doctor");
        assertThat(Warnings.beforeTraining(facts(1000, 850, 200, screening, 2e-5, USUAL)))
                .containsExactly(schema);
        assertThat(Histories.codes(Warnings.beforeTraining(facts(1000, 749, 200, screening, 2e-5, USUAL))))
                .containsExactly("schema", "rows-dropped");
    }

    @Test
    void theChecksOfTheRowsAreSummedUp() {
        assertThat(Screening.NONE.sentence()).isEmpty();
        Screening clean = new Screening(List.of("schema", "contradictions"), List.of(), 0, "align doctor");
        assertThat(clean.sentence())
                .contains("The doctor's checks of the rows (schema, contradictions) found nothing.");
        Warning found = new Warning("schema", "One row can't be used.", "Fix it.");
        assertThat(new Screening(List.of("schema"), List.of(found), 1, "align doctor --data F").sentence())
                .contains(
                        "The doctor's checks of the rows (schema) found schema. Every row of it: align doctor --data F");
    }

    @Test
    void lossNotFinite() {
        assertOnly(
                Histories.steps(3, step -> Map.of("loss", step == 3 ? Double.NaN : 0.6)), "loss-not-finite", "step 3");
    }

    @Test
    void marginsSaturated() {
        MetricHistory history = Histories.steps(
                60,
                step -> Map.of(
                        "loss", 0.01, "rewards/margins", 0.2 * step, "rewards/accuracies", step < 10 ? 0.7 : 1.0));
        assertOnly(history, "margins-saturated", "100 %");
    }

    @Test
    void evaluationWorse() {
        MetricHistory history = Histories.of(
                Map.of("step", 0.0, "eval_loss", 0.6931),
                Map.of("step", 60.0, "eval_loss", 0.6102),
                Map.of("step", 120.0, "eval_loss", 0.6405));
        assertOnly(history, "evaluation-worse", "best at step 60 (0.6102)");
    }

    @Test
    void guardPerplexity() {
        MetricHistory history = Histories.of(
                Map.of("step", 0.0, "eval_guard_perplexity", 12.0),
                Map.of("step", 60.0, "eval_guard_perplexity", 13.2));
        assertOnly(history, "guard-perplexity", "rose by 10.0 % (from 12.00 to 13.20)");
    }

    @Test
    void certainAtTheStart() {
        assertOnly(Histories.of(Map.of("step", 0.0, "eval_rewards/accuracies", 0.99)), "certain-at-start", "99 %");
        assertOnly(
                Histories.steps(8, step -> Map.of("loss", 0.1, "rewards/accuracies", step == 1 ? 0.0 : 1.0)),
                "certain-at-start",
                "steps 2 to 6");
    }

    /** A loss that was best before the first step was never learned: that is no overfitting. */
    @Test
    void aLossThatNeverFellIsNoOverfitting() {
        MetricHistory history =
                Histories.of(Map.of("step", 0.0, "eval_loss", 0.6931), Map.of("step", 60.0, "eval_loss", 1.5));
        assertThat(Histories.advice(history, METHOD))
                .contains("never fell below")
                .doesNotContain("overfits");
    }

    /** Where nothing keeps the model near its start, no option for that is named. */
    @Test
    void adviceNamesNoOptionOfAMethod() {
        MetricHistory forgetting = Histories.of(
                Map.of("step", 0.0, "eval_guard_perplexity", 12.0),
                Map.of("step", 60.0, "eval_guard_perplexity", 13.2));
        assertThat(Histories.advice(forgetting, METHOD)).doesNotContain("beta", "kl-coefficient");
        MetricHistory clipped = Histories.steps(60, step -> Map.of("grad_norm", 40.0));
        assertThat(Histories.advice(clipped, METHOD)).doesNotContain("beta");
    }

    @Test
    void gradients() {
        assertOnly(
                Histories.steps(60, step -> Map.of("grad_norm", step < 50 ? 0.5 : 90.0)),
                "gradient-exploding",
                "0.500",
                "90.0");
        assertOnly(
                Histories.steps(60, step -> Map.of("grad_norm", 40.0)),
                "gradient-clipped",
                "60 of 60",
                "max-grad-norm");
    }

    private static void assertOnly(MetricHistory history, String code, String... words) {
        List<Warning> warnings = Warnings.of(history, HEALTHY);
        assertThat(Histories.codes(warnings)).containsExactly(code);
        assertThat(warnings.get(0).seen()).contains(words);
        assertThat(warnings.get(0).advice()).endsWith(".");
    }
}
