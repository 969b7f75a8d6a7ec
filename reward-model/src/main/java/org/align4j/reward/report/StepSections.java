package org.align4j.reward.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import org.align4j.reward.report.RewardReport.JudgedSteps;
import org.align4j.reward.report.RewardReport.JudgedSteps.JudgedAnswer;
import java.util.List;
import org.align4j.core.autodiff.Logistic;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.Wording;

/** The parts of the page that only a run of a process reward model has: how well it judges steps, and how sure it may be. */
final class StepSections {
    private final StepJudgement judgement;

    private StepSections(StepJudgement judgement) {
        this.judgement = judgement;
    }

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
                + ScoreSections.calibration(sections.judgement.margins(), "steps", "judged rightly")
                + sections.mistakes();
    }

    private String steps() {
        JudgedSteps judged = judgement.judged();
        HtmlTable table = ScoreSections.table("Held-out steps judged rightly by", "steps");
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
                .append(html(text.prompt().strip()))
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
}
