package org.align4j.ppo.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
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
        MetricHistory far = Histories.of(answers(0, 1, 0, 20, 0.8, 2), answers(60, 3, 16.2, 31, 0.45, 0.9));
        List<Warning> found = Histories.warnings(far, new PpoReport());
        assertThat(Histories.codes(found)).containsExactly("over-optimisation");
        assertThat(found.get(0).seen())
                .isEqualTo(
                        "The score rises while an answer is 16.2 nats from the reference, answers went from 20.0 to 31.0"
                                + " tokens, different pairs of neighbouring tokens fell from 80 % to 45 %, entropy fell from 2.00 to 0.90"
                                + " nats per token.");
        MetricHistory falling = Histories.of(answers(0, 3, 0, 20, 0.8, 2), answers(60, 1, 16.2, 31, 0.45, 0.9));
        assertThat(Histories.warnings(falling, new PpoReport())).isEmpty();
    }

    /** Calls of a tool lengthen an episode, and one that is sure of them has learnt its task; answers that are alike count as ever. */
    @Test
    void episodesMayBecomeLongerAndCertain() {
        MetricHistory learnt = Histories.of(
                inEnvironment(answers(0, 0.1, 0, 16, 0.17, 0.28)), inEnvironment(answers(60, 0.98, 3, 27, 0.12, 0.02)));
        assertThat(Histories.warnings(learnt, new PpoReport())).isEmpty();
        assertThat(RolloutSigns.broken(learnt)).isEmpty();
        MetricHistory alike = Histories.of(
                inEnvironment(answers(0, 0.1, 0, 16, 0.17, 0.28)), inEnvironment(answers(60, 0.98, 3, 27, 0.05, 0.02)));
        assertThat(Histories.codes(Histories.warnings(alike, new PpoReport()))).containsExactly("over-optimisation");
        assertThat(RolloutSigns.broken(alike)).hasSize(1);
        MetricHistory alone = Histories.of(answers(0, 0.1, 0, 16, 0.17, 0.28), answers(60, 0.98, 3, 27, 0.12, 0.02));
        assertThat(RolloutSigns.broken(alone)).hasSize(1);
    }

    private static Map<String, Double> inEnvironment(Map<String, Double> answers) {
        Map<String, Double> all = new HashMap<>(answers);
        all.put("eval_episodes/turns", 2.0);
        return all;
    }

    /** Of twenty answers some more ran into their limit; of a rubric's checks one is passed by a quarter less. */
    @Test
    void answersThatLoseTheirForm() {
        assertThat(Histories.warnings(formed(0.05, 0.9, 0.24, 0.71), new PpoReport()))
                .isEmpty();
        List<Warning> unended = Histories.warnings(formed(0.05, 0.9, 0.3, 0.71), new PpoReport());
        assertThat(unended.get(0).seen())
                .isEqualTo(
                        "The score rises while answers that are empty or didn't end by themselves rose from 5 % to 30 %.");
        List<Warning> failing = Histories.warnings(formed(0.05, 0.9, 0.05, 0.65), new PpoReport());
        assertThat(failing.get(0).seen())
                .isEqualTo("The score rises while answers that pass rubric/json fell from 90 % to 65 %.");
    }

    private static MetricHistory formed(double malformed, double passed, double malformedAfter, double passedAfter) {
        return Histories.of(formed(0, malformed, passed), formed(60, malformedAfter, passedAfter));
    }

    private static Map<String, Double> formed(double step, double malformed, double passed) {
        return Map.of(
                "step",
                step,
                "eval_objective/scores",
                step,
                "eval_responses/malformed_fraction",
                malformed,
                "eval_rewards/rubric/json",
                passed);
    }

    /** All but one in twenty answers have the highest score that was seen: nothing is left to learn, which is no sign of gaming. */
    @Test
    void aRewardThatTellsAnswersApartNoMore() {
        List<Warning> found = Histories.warnings(highest(0.5, 1, 0.95, 1), new PpoReport());
        assertThat(Histories.codes(found)).containsExactly("reward-saturated");
        assertThat(found.get(0).seen())
                .isEqualTo(
                        "The score rose until 95 % of the answers have the highest score, so that the reward no longer tells them apart.");
        assertThat(Histories.warnings(highest(0.5, 2, 0.95, 1), new PpoReport()))
                .isEmpty();
        assertThat(Histories.warnings(highest(0.5, 1, 0.9, 1), new PpoReport())).isEmpty();
        EvaluatedRollouts before = new EvaluatedRollouts(
                IntStream.range(0, 50).mapToDouble(i -> i % 2).toArray());
        EvaluatedRollouts after =
                new EvaluatedRollouts(IntStream.range(0, 50).mapToDouble(i -> 5).toArray());
        Judgement learnt =
                new Evidence(new PpoReport(), null, evaluations(before, after), highest(0.5, 1, 0.95, 1), null).judge();
        assertThat(learnt.verdict()).isEqualTo(Verdict.BETTER);
        assertThat(learnt.text()).contains("95 % of the answers have the highest score");
    }

    private static MetricHistory highest(double share, double most, double shareAfter, double mostAfter) {
        return Histories.of(highest(0, share, most), highest(60, shareAfter, mostAfter));
    }

    private static Map<String, Double> highest(double step, double share, double most) {
        return Map.of(
                "step",
                step,
                "eval_objective/scores",
                step,
                "eval_objective/scores_at_max",
                share,
                "eval_objective/scores_max",
                most);
    }

    /** 16 nats away is suspect, unless a reward that nothing is learnt from rose, too. */
    @Test
    void aJudgeThatRoseOutweighsWhatAnswersLookLike() {
        EvaluatedRollouts before = new EvaluatedRollouts(
                IntStream.range(0, 50).mapToDouble(i -> i % 2).toArray());
        EvaluatedRollouts after =
                new EvaluatedRollouts(IntStream.range(0, 50).mapToDouble(i -> 5).toArray());
        for (double low : new double[] {0.1, -0.1}) {
            MetricHistory history = Histories.of(
                    Map.of(
                            "step",
                            0.0,
                            "eval_objective/scores",
                            0.5,
                            "eval_objective/kl",
                            0.0,
                            "eval_judge/score",
                            0.6),
                    Map.of(
                            "step",
                            60.0,
                            "eval_objective/scores",
                            5.0,
                            "eval_objective/kl",
                            16.0,
                            "eval_judge/score",
                            0.8,
                            "eval_judge/fall_low",
                            0.0,
                            "eval_judge/rise_low",
                            low,
                            "eval_judge/score_rise",
                            0.0));
            Judgement found = new Evidence(new PpoReport(), null, evaluations(before, after), history, null).judge();
            assertThat(found.verdict()).isEqualTo(low > 0 ? Verdict.BETTER : Verdict.UNCLEAR);
            assertThat(found.text())
                    .contains(low > 0 ? "rose from 0.600 to 0.800" : "an answer is 16.0 nats from the reference");
            assertThat(Histories.warnings(history, new PpoReport())).hasSize(low > 0 ? 0 : 1);
        }
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
                new DataFacts.Rows(500, 500),
                40,
                Screening.NONE,
                new DataFacts.Rate(2e-5, new UsualRate(2e-5, 4096), 1.0),
                "",
                List.of(),
                new PpoReport());
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
        Judgement far = ppo(before, after, 16, 0.9, 0.8);
        assertThat(far.verdict()).isEqualTo(Verdict.UNCLEAR);
        assertThat(far.headline()).contains("the score rose, but an answer is 16.0 nats from the reference");
        assertThat(ppo(before, after, 16, 0.9, 0.1).verdict()).isEqualTo(Verdict.BROKEN);
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
