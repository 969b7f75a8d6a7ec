package org.align4j.core.report.page;

import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.Wording;
import org.align4j.core.report.Sample;

/** The parts of the page about several runs side by side, as HTML, in reading order. */
final class ComparisonSections {
    private final List<RunView> runs;
    private final List<String> names;

    ComparisonSections(List<RunView> runs) {
        this.runs = runs;
        this.names = RunNames.of(runs);
    }

    String page() throws IOException {
        return header() + lossKinds() + figures() + "<div id=\"charts\"></div>" + differences() + samples()
                + Glossary.section();
    }

    private String header() {
        StringBuilder out = new StringBuilder("<header><p class=\"run\"><strong>" + runs.size()
                + " runs side by side</strong></p><ul class=\"runs\">");
        for (int i = 0; i < runs.size(); i++) {
            PageFinding verdict = PageFinding.of(runs.get(i));
            out.append("<li><h2 class=\"")
                    .append(verdict.rating().name().toLowerCase(Locale.ROOT))
                    .append("\"><i style=\"background:var(--run")
                    .append(i % Charts.COLOURS + 1)
                    .append(")\"></i>")
                    .append(html(names.get(i)))
                    .append("</h2><p>")
                    .append(html(Wording.unparted(verdict.headline())))
                    .append("</p><p class=\"muted\">")
                    .append(html(remarks(runs.get(i))))
                    .append("</p></li>");
        }
        return out.append("</ul></header>").toString();
    }

    /** Says so where losses are of different kinds, as their curves then stand on different scales. */
    private String lossKinds() {
        List<String> kinds = runs.stream()
                .map(run -> run.command() + " " + run.option("loss"))
                .distinct()
                .toList();
        return kinds.size() < 2
                ? ""
                : "<p class=\"empty\">The runs minimise different losses ("
                        + html(String.join("; ", kinds).strip())
                        + "). Their losses, rewards and margins are on different scales: compare shares, such as pairs won.</p>";
    }

    private static String remarks(RunView run) {
        String warnings = run.warnings().isEmpty()
                ? "no warnings"
                : Wording.count(run.warnings().size(), "warning", "warnings");
        return Wording.count(run.step(), "step", "steps") + ", " + run.status() + ", " + warnings;
    }

    private String figures() {
        Set<String> labels = new LinkedHashSet<>();
        List<Map<String, Comparison>> columns = new ArrayList<>();
        for (RunView run : runs) {
            Map<String, Comparison> column = new LinkedHashMap<>();
            Comparison.of(run).forEach(row -> column.put(row.label(), row));
            labels.addAll(column.keySet());
            columns.add(column);
        }
        if (labels.isEmpty()) {
            return HtmlText.section(
                    "On held-out rows", "<p class=\"empty\">None of the runs was evaluated; nothing to compare.</p>");
        }
        HtmlTable table = table("After training");
        for (String label : labels) {
            List<String> cells = new ArrayList<>();
            for (Map<String, Comparison> column : columns) {
                Comparison row = column.get(label);
                cells.add(
                        row == null
                                ? "–"
                                : "<strong>" + html(row.after()) + "</strong><small>" + html(row.remark())
                                        + "</small>");
            }
            table.row(html(label), cells);
        }
        return HtmlText.section("On held-out rows", table.html());
    }

    private String differences() {
        Set<String> names = new LinkedHashSet<>();
        runs.forEach(run -> names.addAll(run.config().keySet()));
        names.remove("out");
        HtmlTable table = table("Option");
        for (String name : names) {
            List<String> values = runs.stream()
                    .map(run -> Details.text(run.config().get(name)))
                    .toList();
            if (values.stream().distinct().count() > 1) {
                table.row(html(name), values.stream().map(HtmlText::html).toList());
            }
        }
        return HtmlText.section(
                "What was set differently",
                table.isEmpty() ? "<p class=\"empty\">All options are the same.</p>" : table.html());
    }

    private HtmlTable table(String first) {
        return new HtmlTable(first).figures(names);
    }

    /** Prompts that every run answered, each run's answer beside the other. */
    private String samples() {
        StringBuilder out = new StringBuilder();
        for (Sample sample : runs.get(0).samples()) {
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < runs.size(); i++) {
                String name = names.get(i);
                int colour = i % Charts.COLOURS + 1;
                runs.get(i).samples().stream()
                        .filter(other -> other.prompt().equals(sample.prompt()) && other.after() != null)
                        .findFirst()
                        .ifPresent(other -> answers.add("<div class=\"after\" style=\"border-color:var(--run" + colour
                                + ")\"><h3>" + html(name) + "</h3><p>"
                                + html(String.valueOf(other.after()).strip()) + "</p></div>"));
            }
            if (answers.size() == runs.size()) {
                out.append("<article class=\"sample\"><blockquote>")
                        .append(html(sample.prompt().strip()))
                        .append("</blockquote><div>")
                        .append(String.join("", answers))
                        .append("</div></article>");
            }
        }
        return out.isEmpty() ? "" : HtmlText.section("Answers to the same prompts", out.toString());
    }
}
