package org.align4j.reward.report;

import org.align4j.reward.report.RewardReport.JudgedSteps;
import org.align4j.reward.report.RewardReport.JudgedSteps.JudgedAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.core.eval.AreaUnderCurve;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.eval.Proportion;
import org.align4j.core.page.Wording;

/**
 * How a process reward model judges the steps of its held-out answers, beside calling them all alike and going by their position.
 *
 * @param judged at least one answer
 */
record StepJudgement(JudgedSteps judged) {
    /** What a judge calls a step. */
    private interface Judge {
        boolean callsRight(JudgedAnswer answer, int step);
    }

    private boolean model(JudgedAnswer answer, int step) {
        return answer.logOdds().get(step) > 0;
    }

    private boolean usual(JudgedAnswer answer, int step) {
        return judged.usual();
    }

    private boolean position(JudgedAnswer answer, int step) {
        return judged.byPosition(step);
    }

    Proportion accuracy() {
        return agreeing(this::model);
    }

    Proportion ofUsual() {
        return agreeing(this::usual);
    }

    Proportion ofPosition() {
        return agreeing(this::position);
    }

    private Proportion agreeing(Judge judge) {
        double[] agree = agreement(judge);
        int count = 0;
        for (double step : agree) {
            count += step > 0 ? 1 : 0;
        }
        return new Proportion(count, agree.length);
    }

    /** A 1 for each step judged as the data say. */
    private double[] agreement(Judge judge) {
        List<Double> agree = new ArrayList<>();
        for (JudgedAnswer answer : judged.answers()) {
            for (int s = 0; s < answer.right().size(); s++) {
                agree.add(judge.callsRight(answer, s) == answer.right().get(s) ? 1.0 : 0.0);
            }
        }
        return agree.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Log-odds with the sign by which the step is judged rightly. */
    double[] margins() {
        return judged.answers().stream()
                .flatMapToDouble(answer -> IntStream.range(0, answer.right().size())
                        .mapToDouble(s -> answer.right().get(s)
                                ? answer.logOdds().get(s)
                                : -answer.logOdds().get(s)))
                .toArray();
    }

    /** How well the scores tell right steps from wrong ones. */
    double areaUnderCurve() {
        double[] scores = judged.answers().stream()
                .flatMap(answer -> answer.logOdds().stream())
                .mapToDouble(Double::doubleValue)
                .toArray();
        List<Boolean> right = judged.answers().stream()
                .flatMap(answer -> answer.right().stream())
                .toList();
        boolean[] positive = new boolean[right.size()];
        for (int i = 0; i < positive.length; i++) {
            positive[i] = right.get(i);
        }
        return AreaUnderCurve.of(scores, positive);
    }

    /**
     * Answers whose first wrong step is found where it is, or none where there is none.
     *
     * @param flawed of those with a wrong step, else of those without
     */
    Optional<Proportion> firstErrors(boolean flawed) {
        List<JudgedAnswer> some = judged.answers().stream()
                .filter(answer -> answer.right().contains(false) == flawed)
                .toList();
        int found = (int) some.stream()
                .filter(answer -> answer.firstError() == answer.firstErrorSeen())
                .count();
        return some.isEmpty() ? Optional.empty() : Optional.of(new Proportion(found, some.size()));
    }

    /** Says whether the model is better than calling every step alike. */
    String verdict() {
        return ScoreJudgement.sentence(
                over(this::usual),
                "calling every step " + (judged.usual() ? "right" : "wrong") + " ("
                        + Wording.percent(ofUsual().rate()) + ")");
    }

    /** Says whether the model is better than going by the position. */
    String positionVerdict() {
        return ScoreJudgement.sentence(
                over(this::position),
                "going by a step's position (" + Wording.percent(ofPosition().rate()) + ")");
    }

    /** Accuracy of the model less that of a baseline; the steps to one prompt count together. */
    private PairedDifference over(Judge baseline) {
        int[] prompts = judged.answers().stream()
                .flatMapToInt(answer -> answer.right().stream().mapToInt(step -> answer.prompt()))
                .toArray();
        return PairedDifference.ofShares(agreement(baseline), agreement(this::model), prompts);
    }

    PairedDifference overUsual() {
        return over(this::usual);
    }
}
