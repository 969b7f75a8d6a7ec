package org.align4j.reward.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.eval.AreaUnderCurve;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.eval.Proportion;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.Wording;
import org.align4j.reward.report.RewardReport.JudgedSteps;
import org.align4j.reward.report.RewardReport.JudgedSteps.JudgedAnswer;

/** The parts of the page that only a run of a process reward model has: how well it classifies steps, and how sure it may be. */
record StepSections(StepJudgement judgement) {
    static String of(JudgedSteps judged) {
        if (judged.answers().isEmpty()) {
            return section(
                    "Steps",
                    "<p class=\"empty\">No answer was held out, so how good the scores are isn't known. Give eval-data or"
                            + " eval-fraction.</p>");
        }
        StepSections sections = new StepSections(new StepJudgement(judged));
        return sections.steps()
                + sections.firstErrors()
                + ScoreSections.calibration(sections.judgement.margins(), "steps", "classified correctly")
                + sections.mistakes();
    }

    private String steps() {
        JudgedSteps judged = judgement.judged();
        HtmlTable table = ScoreSections.table("Held-out steps classified correctly by", "steps");
        ScoreSections.add(table, "the process reward model", judgement.accuracy(), true);
        ScoreSections.add(
                table, "calling every step " + (judged.usual() ? "right" : "wrong"), judgement.ofUsual(), false);
        ScoreSections.add(
                table,
                "a step's position, from " + Wording.count(judged.trainingSteps()) + " training steps",
                judgement.ofPosition(),
                false);
        double area = judgement.areaUnderCurve();
        String told = Double.isNaN(area)
                ? "The held-out steps have one label alone, so whether the scores tell them apart isn't known."
                : "A right step scores higher than a wrong one in " + Wording.percent(area)
                        + " of all pairs of one of each (area under the curve; 50 % says nothing).";
        return section(
                "Steps",
                table.html() + "<p>" + html(judgement.verdict()) + " " + html(judgement.positionVerdict()) + "</p><p>"
                        + html(told) + "</p>");
    }

    private String firstErrors() {
        HtmlTable table = ScoreSections.table("Held-out answers", "answers");
        judgement
                .firstErrors(true)
                .ifPresent(found ->
                        ScoreSections.add(table, "with a wrong step: it is found, and none before it", found, true));
        judgement
                .firstErrors(false)
                .ifPresent(kept -> ScoreSections.add(table, "without: no step is called wrong", kept, false));
        return section("First errors", table.html());
    }

    private String mistakes() {
        StringBuilder out = new StringBuilder();
        for (JudgedAnswer answer : judgement.judged().answers()) {
            JudgedAnswer.Text text = answer.text();
            if (text != null) {
                append(out, answer, text);
            }
        }
        return out.isEmpty() ? "" : section("Where it errs most", out.toString());
    }

    private static void append(StringBuilder out, JudgedAnswer answer, JudgedAnswer.Text text) {
        out.append("<article class=\"sample\"><blockquote>")
                .append(text.asked().html())
                .append("</blockquote><div>");
        List<String> steps = text.steps();
        for (int s = 0; s < steps.size(); s++) {
            boolean right = answer.right().get(s);
            out.append("<div class=\"")
                    .append(right ? "wanted" : "before")
                    .append("\"><h3>")
                    .append(right ? "Right" : "Wrong")
                    .append(" in the data, score ")
                    .append(Wording.number(Logistic.sigmoid(answer.logOdds().get(s))))
                    .append("</h3><p>")
                    .append(html(steps.get(s).strip()))
                    .append("</p></div>");
        }
        out.append("</div></article>");
    }

    /**
     * How a process reward model scores the steps of its held-out answers, beside calling them all alike and going by their position.
     *
     * @param judged at least one answer
     */
    private record StepJudgement(JudgedSteps judged) {
        /** Classifies a step as right or wrong. */
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

        /** Log-odds with the sign by which the step is classified correctly. */
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
                    "going by a step's position ("
                            + Wording.percent(ofPosition().rate()) + ")");
        }

        /** Accuracy of the model less that of a baseline; the steps to one prompt count together. */
        private PairedDifference over(Judge baseline) {
            int[] prompts = judged.answers().stream()
                    .flatMapToInt(answer -> answer.right().stream().mapToInt(step -> answer.prompt()))
                    .toArray();
            return PairedDifference.ofShares(agreement(baseline), agreement(this::model), prompts);
        }
    }
}
