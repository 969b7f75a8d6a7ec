package org.align4j.ppo.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.Wording;

/** The part of the page that shows what single steps learned from: a fold-out a step, of which the last stands open. */
final class LearntSection {
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
            String prompt = answer.prompt().strip();
            table.row(prompt.equals(before) ? "<span class=\"muted\">″</span>" : html(prompt), cells);
            before = prompt;
        }
        return table.html();
    }
}
