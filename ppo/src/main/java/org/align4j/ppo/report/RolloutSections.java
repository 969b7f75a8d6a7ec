package org.align4j.ppo.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.page.Drawing;
import org.align4j.core.page.Wording;
import org.align4j.core.report.method.MethodReport.OwnSections;
import org.align4j.ppo.report.PpoReport.AnswerRound;

/**
 * The parts of the page that only a run has that learns from scores: what a score costs in divergence, and what it answers.
 *
 * @param rounds of answers to held-out prompts, by step
 * @param metrics of the run
 */
record RolloutSections(List<AnswerRound> rounds, MetricHistory metrics) {
    static OwnSections of(List<AnswerRound> rounds, List<LearntRound> learnt, MetricHistory metrics) {
        RolloutSections sections = new RolloutSections(rounds, metrics);
        return new OwnSections(
                sections.frontier() + sections.answers(), LearntSection.of(learnt), List.of(), !rounds.isEmpty());
    }

    /** Draws the frontier of the evaluations where there are two, else of the steps. */
    private String frontier() {
        boolean held = metrics.evaluations(PpoFigures.KL).size() > 1;
        Series kl = held ? metrics.evaluations(PpoFigures.KL) : metrics.steps(PpoFigures.KL);
        Series scores = held ? metrics.evaluations(PpoFigures.SCORE) : metrics.steps(PpoFigures.SCORE);
        if (kl.size() < 2 || kl.size() != scores.size()) {
            return "";
        }
        return section(
                "Score against KL",
                Drawing.path("Score against KL", kl.steps(), kl.values(), scores.values())
                        + "<p class=\"muted\">One point "
                        + (held ? "an evaluation on held-out prompts" : "a step on the prompts it trains on")
                        + ", in the order of the run: what a higher score costs in divergence from the reference. A curve that"
                        + " bends to the right pays more and more for less.</p>");
    }

    private String answers() {
        if (rounds.isEmpty()) {
            return "";
        }
        List<AnswerRound> shown = Stream.of(0, rounds.size() / 2, rounds.size() - 1)
                .distinct()
                .map(rounds::get)
                .toList();
        int last = shown.get(shown.size() - 1).step();
        StringBuilder out = new StringBuilder();
        for (AnswerRound.Scored asked : shown.get(0).answers()) {
            out.append("<article class=\"sample\"><blockquote>")
                    .append(html(asked.prompt().strip()))
                    .append("</blockquote><div>");
            for (AnswerRound round : shown) {
                round.answers().stream()
                        .filter(answer -> answer.row() == asked.row())
                        .forEach(answer -> out.append(answer(round, answer, round.step() == last)));
            }
            out.append("</div></article>");
        }
        return section("Answers at the start, in the middle and at the end", out.toString());
    }

    private static String answer(AnswerRound round, AnswerRound.Scored answer, boolean last) {
        String when = round.step() == 0 ? "Before the first step" : "After step " + Wording.count(round.step());
        return "<div class=\"" + (last ? "after" : "before") + "\"><h3>" + when + ", score "
                + Wording.number(answer.score()) + "</h3><p>"
                + html(answer.answer().strip()) + "</p>" + likelihood(answer) + "</div>";
    }

    private static String likelihood(AnswerRound.Scored answer) {
        Double policy = answer.logProb();
        Double reference = answer.referenceLogProb();
        return policy == null || reference == null
                ? ""
                : "<p class=\"odds\">Log-probability " + Wording.number(policy) + ", under the reference "
                        + Wording.number(reference) + ": " + Wording.number(policy - reference) + " nats apart</p>";
    }
}
