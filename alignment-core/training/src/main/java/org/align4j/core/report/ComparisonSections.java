package org.align4j.core.report;

import static org.align4j.core.page.HtmlText.html;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.align4j.core.figure.Figure;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.page.Wording;
import org.align4j.core.report.Comparison.RunNames;
import org.align4j.core.run.TrackTargets;

/** The parts of the page about several runs side by side, as HTML, in reading order. */
final class ComparisonSections {
    /** Digits of a hash that are shown. */
    private static final int HASH = 12;

    private final List<RunView> runs;
    private final GroupSections group;
    private final List<String> names;
    private final Comparability comparability;

    /** @param group the same runs as settings, for what can be said of these */
    ComparisonSections(List<RunView> runs, GroupSections group) {
        this.runs = runs;
        this.group = group;
        this.names = RunNames.of(runs);
        this.comparability = new Comparability(runs);
    }

    String page() throws IOException {
        return header() + group.verdict() + differences() + figures() + "<div id=\"charts\"></div>" + samples()
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

    private static String remarks(RunView run) {
        String warnings = run.reported().warnings().isEmpty()
                ? "no warnings"
                : Wording.count(run.reported().warnings().size(), "warning", "warnings");
        return Wording.count(run.step(), "step", "steps") + ", " + run.status() + ", " + warnings;
    }

    /** One table of the runs that were evaluated on the same rows; others have a table of their own, since they differ by chance alone. */
    private String figures() {
        List<List<RunView>> groups = comparability.byRows();
        StringBuilder out = new StringBuilder();
        out.append(hidden());
        if (groups.size() > 1) {
            out.append(
                    "<p class=\"empty\">The runs were evaluated on different rows, so that figures of different tables"
                            + " can't be compared; evaluate them on one file.</p>");
        }
        for (List<RunView> group : groups) {
            out.append(figures(group));
        }
        return HtmlText.section("On held-out rows", out.toString());
    }

    /** Says which figures are on the runs' own pages only, and which options are the reason. */
    private String hidden() {
        Map<List<String>, Set<String>> captions = new LinkedHashMap<>();
        for (RunView run : runs) {
            for (Figure figure : run.method().figures().captioned()) {
                List<String> rescaling = comparability.rescaling(figure);
                if (!rescaling.isEmpty()
                        && run.metrics().evaluationsElseSteps(figure).size() > 0) {
                    captions.computeIfAbsent(rescaling, unseen -> new LinkedHashSet<>())
                            .add(figure.caption());
                }
            }
        }
        StringBuilder out = new StringBuilder();
        captions.forEach((options, names) -> out.append("<p class=\"empty\">On the runs' own pages only: ")
                .append(html(String.join("; ", names)))
                .append(". ")
                .append(html(capital(comparability.because(options))))
                .append(", by which alone equal models would have unequal values.</p>"));
        return out.toString();
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    private String figures(List<RunView> group) {
        Set<String> labels = new LinkedHashSet<>();
        List<Map<String, Comparison>> columns = new ArrayList<>();
        for (RunView run : group) {
            Map<String, Comparison> column = new LinkedHashMap<>();
            Comparison.ofVerdict(run).forEach(row -> column.put(row.label(), row));
            Comparison.of(run, comparability::isComparable).forEach(row -> column.put(row.label(), row));
            labels.addAll(column.keySet());
            columns.add(column);
        }
        List<String> own =
                group.stream().map(run -> names.get(runs.indexOf(run))).toList();
        if (labels.isEmpty()) {
            return "<p class=\"empty\">" + html(String.join(", ", own)) + (own.size() == 1 ? " was" : " were")
                    + " not evaluated.</p>";
        }
        HtmlTable table = new HtmlTable("After training").figures(own);
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
        return table.html();
    }

    /** What differs between the runs: options, and the hashes of rows, model and template. */
    private String differences() {
        Set<String> options = new LinkedHashSet<>();
        runs.forEach(run -> options.addAll(run.documents().config().keySet()));
        options.removeAll(Set.of("out", TrackTargets.OPTION));
        HtmlTable table = table("Option");
        for (String name : options) {
            List<String> values = runs.stream()
                    .map(run -> Details.text(run.documents().config().get(name)))
                    .toList();
            if (values.stream().distinct().count() > 1) {
                table.row(html(name), values.stream().map(HtmlText::html).toList());
            }
        }
        for (String name : comparability.differingHashes()) {
            table.row(
                    html("hash of " + name.replace('_', ' ')),
                    runs.stream()
                            .map(run -> Comparability.hash(run, name))
                            .map(hash -> html(hash.isEmpty() ? "–" : hash.substring(0, Math.min(HASH, hash.length()))))
                            .toList());
        }
        return HtmlText.section(
                "What differs",
                table.isEmpty() ? "<p class=\"empty\">All options and rows are the same.</p>" : table.html());
    }

    private HtmlTable table(String first) {
        return new HtmlTable(first).figures(names);
    }

    /** Prompts that every run answered, each run's answer next to the other. */
    private String samples() {
        StringBuilder out = new StringBuilder();
        for (Sample sample : runs.get(0).reported().samples()) {
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < runs.size(); i++) {
                String name = names.get(i);
                int colour = i % Charts.COLOURS + 1;
                runs.get(i).reported().samples().stream()
                        .filter(other ->
                                other.asked().text().equals(sample.asked().text()) && other.after() != null)
                        .findFirst()
                        .ifPresent(other -> answers.add("<div class=\"after\" style=\"border-color:var(--run" + colour
                                + ")\"><h3>" + html(name) + "</h3><p>"
                                + html(String.valueOf(other.after()).strip()) + "</p></div>"));
            }
            if (answers.size() == runs.size()) {
                out.append("<article class=\"sample\"><blockquote>")
                        .append(sample.asked().html())
                        .append("</blockquote><div>")
                        .append(String.join("", answers))
                        .append("</div></article>");
            }
        }
        return out.isEmpty() ? "" : HtmlText.section("Answers to the same prompts", out.toString());
    }
}
