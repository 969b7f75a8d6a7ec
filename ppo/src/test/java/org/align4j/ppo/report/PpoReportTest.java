package org.align4j.ppo.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.Histories;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.Screening;
import org.align4j.core.eval.UsualRate;
import org.align4j.core.eval.Warning;
import org.align4j.core.eval.Warnings;
import org.align4j.core.verdict.EvaluatedRows;
import org.align4j.core.verdict.EvaluatedRows.EvaluatedRollouts;
import org.align4j.core.verdict.Evidence;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Verdict;
import org.junit.jupiter.api.Test;

/** What early warnings and the verdict make of the figures of {@code align ppo}. */
class PpoReportTest {
    private static Evaluations evaluations(EvaluatedRows before, EvaluatedRows after) {
        return Evaluations.NONE.after(0, before).after(50, after);
    }

    @Test
    void adviceNamesWhatTheMethodHas() {
        MetricHistory forgetting = Histories.of(
                Map.of("step", 0.0, "eval_guard_perplexity", 12.0),
                Map.of("step", 60.0, "eval_guard_perplexity", 13.2));
        assertThat(Histories.advice(forgetting, new PpoReport()))
                .contains("kl-coefficient")
                .doesNotContain("beta");
        List<Warning> clipped =
                Histories.warnings(Histories.steps(60, step -> Map.of("grad_norm", 40.0)), new PpoReport());
        assertThat(clipped.get(0).seen()).startsWith("In 60 of 60 steps the gradients of the updates were clipped");
    }

    @Test
    void aScoreThatIsGamed() {
        MetricHistory near = Histories.of(answers(0, 1, 0, 20, 0.8, 2), answers(60, 3, 6, 24, 0.7, 1.5));
        assertThat(Histories.warnings(near, new PpoReport())).isEmpty();
        MetricHistory far = Histories.of(answers(0, 1, 0, 20, 0.8, 2), answers(60, 3, 14.2, 31, 0.5, 0.9));
        List<Warning> found = Histories.warnings(far, new PpoReport());
        assertThat(Histories.codes(found)).containsExactly("over-optimisation");
        assertThat(found.get(0).seen())
                .isEqualTo(
                        "The score rises while an answer is 14.2 nats from the reference, answers went from 20.0 to 31.0"
                                + " tokens, different pairs of neighbouring tokens fell from 80 % to 50 %, entropy fell from 2.00 to 0.90"
                                + " nats per token.");
        MetricHistory falling = Histories.of(answers(0, 3, 0, 20, 0.8, 2), answers(60, 1, 14.2, 31, 0.5, 0.9));
        assertThat(Histories.warnings(falling, new PpoReport())).isEmpty();
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
                500, 500, 40, Screening.NONE, 2e-5, new UsualRate(2e-5, 4096), 1.0, "", List.of(), new PpoReport());
        assertThat(Warnings.beforeTraining(facts).get(0).seen())
                .isEqualTo("The run moves the policy only 40 times (steps times ppo-epochs times mini-batches).");
    }

    /** A score that rises by going far from the reference isn't praised; answers that are all alike are broken. */
    @Test
    void aGamedRewardIsNotPraised() {
        EvaluatedRollouts before = new EvaluatedRollouts(
                IntStream.range(0, 50).mapToDouble(i -> i % 2).toArray());
        EvaluatedRollouts after =
                new EvaluatedRollouts(IntStream.range(0, 50).mapToDouble(i -> 5).toArray());
        assertThat(ppo(before, after, 4, 0.9, 0.8).verdict()).isEqualTo(Verdict.BETTER);
        Judgement far = ppo(before, after, 14, 0.9, 0.8);
        assertThat(far.verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(far.headline()).contains("the score rose, but an answer is 14.0 nats from the reference");
        assertThat(ppo(before, after, 14, 0.9, 0.1).verdict()).isEqualTo(Verdict.BROKEN);
    }

    /** What nothing is learnt from fell by more than chance while the trained score rose: worse than the start, or who knows. */
    @Test
    void aRewardThatAnotherOneDoesntFollowIsFooled() {
        EvaluatedRollouts before = new EvaluatedRollouts(
                IntStream.range(0, 50).mapToDouble(i -> i % 2).toArray());
        EvaluatedRollouts after =
                new EvaluatedRollouts(IntStream.range(0, 50).mapToDouble(i -> 5).toArray());
        Judgement below = judged(before, after, 0.4, 0.1);
        assertThat(below.verdict()).isEqualTo(Verdict.WORSE);
        assertThat(below.headline())
                .contains(
                        "the reward was fooled: since step 20 the score by eval-reward fell by 0.300 (at least 0.10 beyond chance), while"
                                + " the score that is trained on rose by 0.200");
        assertThat(judged(before, after, 0.65, 0.1).verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(judged(before, after, 0.65, -0.1).verdict()).isEqualTo(Verdict.BETTER);
        assertThat(Histories.warnings(judgedHistory(0.4, 0.1), new PpoReport())
                        .get(0)
                        .seen())
                .contains("since step 20 the score by eval-reward fell");
        assertThat(Histories.warnings(judgedHistory(0.4, -0.1), new PpoReport()))
                .isEmpty();
    }

    private static MetricHistory judgedHistory(double judged, double low) {
        return Histories.of(
                Map.of("step", 0.0, "eval_objective/scores", 0.5, "eval_objective/kl", 0.0, "eval_judge/score", 0.6),
                Map.of(
                        "step",
                        60.0,
                        "eval_objective/scores",
                        0.9,
                        "eval_objective/kl",
                        4.0,
                        "eval_judge/score",
                        judged,
                        "eval_judge/fall",
                        0.3,
                        "eval_judge/fall_low",
                        low,
                        "eval_judge/best_step",
                        20.0,
                        "eval_judge/score_rise",
                        0.2));
    }

    private static Judgement judged(EvaluatedRows before, EvaluatedRows after, double judged, double low) {
        return new Evidence(new PpoReport(), null, evaluations(before, after), judgedHistory(judged, low), null)
                .judge();
    }

    /** From 2 to 6 is more than e times as much; from 2 to 5 is less. */
    @Test
    void answersThatTheReferenceDoesntUnderstandAreBroken() {
        for (double after : new double[] {6, 5}) {
            MetricHistory history = Histories.of(
                    Map.of("step", 0.0, "eval_objective/reference_perplexity", 2.0),
                    Map.of("step", 9.0, "eval_objective/reference_perplexity", after));
            assertThat(new Evidence(new PpoReport(), null, Evaluations.NONE, history, null)
                            .judge()
                            .verdict())
                    .isEqualTo(after > 5 ? Verdict.BROKEN : Verdict.UNCLEAR);
        }
    }

    /** Scores that differ at random by which tokens happened to be drawn: 0.01 nats from the reference nothing was learned. */
    @Test
    void aPolicyThatIsWhereItWasIsUnchanged() {
        EvaluatedRollouts before = new EvaluatedRollouts(
                IntStream.range(0, 50).mapToDouble(i -> i % 2).toArray());
        EvaluatedRollouts after = new EvaluatedRollouts(
                IntStream.range(0, 50).mapToDouble(i -> i % 3).toArray());
        assertThat(ppo(before, after, 0.01, 0.9, 0.9).verdict()).isEqualTo(Verdict.UNCHANGED);
        EvaluatedRollouts noise = new EvaluatedRollouts(
                IntStream.range(0, 50).mapToDouble(i -> i % 3 / 1.9).toArray());
        assertThat(ppo(before, noise, 0.01, 0.9, 0.9).headline()).contains("the policy answers as it did");
        assertThat(ppo(before, noise, 0.5, 0.9, 0.9).verdict()).isEqualTo(Verdict.UNCLEAR);
    }

    private static Judgement ppo(
            EvaluatedRows before, EvaluatedRows after, double kl, double distinctBefore, double distinctAfter) {
        MetricHistory history = Histories.of(
                Map.of(
                        "step",
                        0.0,
                        "eval_objective/scores",
                        0.5,
                        "eval_objective/kl",
                        0.0,
                        "eval_responses/distinct_2",
                        distinctBefore),
                Map.of(
                        "step",
                        9.0,
                        "eval_objective/scores",
                        5.0,
                        "eval_objective/kl",
                        kl,
                        "eval_responses/distinct_2",
                        distinctAfter));
        return new Evidence(new PpoReport(), null, evaluations(before, after), history, null).judge();
    }
}
