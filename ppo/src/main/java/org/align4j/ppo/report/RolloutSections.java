package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.page.CurveDrawing;
import org.align4j.core.page.CurveDrawing.Curve;
import org.align4j.core.page.CurveDrawing.Point;
import org.align4j.core.page.HtmlTable;
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
                new CurveDrawing("Score against KL", "KL from the reference, nats")
                                .add(new Curve("", "train", false, points(kl, scores)))
                                .html()
                        + "<p class=\"muted\">One point "
                        + (held ? "an evaluation on held-out prompts" : "a step on the prompts it trains on")
                        + ", in the order of the run: what a higher score costs in divergence from the reference. A curve that"
                        + " bends to the right pays more and more for less.</p>");
    }

    private static List<Point> points(Series kl, Series scores) {
        return IntStream.range(0, kl.size())
                .mapToObj(i -> Point.of(
                        kl.values()[i],
                        scores.values()[i],
                        format("step %.0f: KL %.3f, score %.4f", kl.steps()[i], kl.values()[i], scores.values()[i])))
                .toList();
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
        for (AnswerRound.Scored first : shown.get(0).answers()) {
            out.append("<article class=\"sample\"><blockquote>")
                    .append(first.asked().html())
                    .append("</blockquote><div>");
            for (AnswerRound round : shown) {
                round.answers().stream()
                        .filter(answer -> answer.row() == first.row())
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

    /** The part of the page that shows what single steps learned from: a fold-out per step, of which the last is open. */
    private static final class LearntSection {
        private LearntSection() {}

        /** Returns the part as HTML, empty where nothing was kept. */
        static String of(List<LearntRound> rounds) {
            if (rounds.isEmpty()) {
                return "";
            }
            StringBuilder out = new StringBuilder("<p class=\"muted\">The first answers of ")
                    .append(Wording.count(rounds.size(), "step", "steps"))
                    .append(
                            ", with what each reward gave before its weight, the score that was learned from, and the advantage: above 0 the")
                    .append(" step pushed the answer up, below 0 down.</p>");
            for (LearntRound round : rounds) {
                boolean last = round.step() == rounds.get(rounds.size() - 1).step();
                out.append(last ? "<details open>" : "<details>")
                        .append("<summary>Step ")
                        .append(Wording.count(round.step()))
                        .append(": ")
                        .append(round.answers().size())
                        .append(" of ")
                        .append(Wording.count(round.drawn(), "answer", "answers"))
                        .append("</summary>")
                        .append(table(round))
                        .append("</details>");
            }
            return section("What steps learned from", out.toString());
        }

        private static String table(LearntRound round) {
            Set<String> names = new LinkedHashSet<>();
            round.answers().forEach(answer -> names.addAll(answer.rewards().keySet()));
            HtmlTable table = new HtmlTable("Prompt").words("answer");
            names.forEach(name -> table.figures(name));
            table.figures("score", "advantage");
            String before = "";
            for (LearntRound.Learnt answer : round.answers()) {
                List<String> cells = new ArrayList<>();
                cells.add("<div class=\"completion\">" + html(answer.answer().strip()) + "</div>");
                names.forEach(name -> {
                    Double reward = answer.rewards().get(name);
                    cells.add(reward == null ? "–" : Wording.number(reward));
                });
                cells.add("<strong>" + Wording.number(answer.score()) + "</strong>");
                Double advantage = answer.advantage();
                cells.add(advantage == null ? "–" : Wording.number(advantage));
                String prompt = answer.asked().html();
                table.row(prompt.equals(before) ? "<span class=\"muted\">″</span>" : prompt, cells);
                before = prompt;
            }
            return table.html();
        }
    }
}
