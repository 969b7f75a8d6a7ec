package org.align4j.core.report;

import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.error.ShellWord;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Warning;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.Wording;
import org.align4j.core.report.ChangeSection.GuardTasksSection;
import org.align4j.core.report.ReportFiles.RowsReport;
import org.align4j.core.report.SamplesSection.RepeatedPhrases;
import org.align4j.core.report.method.MethodReport.MethodReports;

/** The parts of the page about one run, as HTML, in reading order. */
record RunSections(RunView run) {
    private static final List<String> TITLE_OPTIONS = List.of(
            "model", "adapter", "data", "loss", "beta", "method", "lora-rank", "learning-rate", "epochs", "batch-size");

    /** The name of the part into which the page's script draws the charts. */
    static final String CHARTS = "charts";

    /** Everything but the charts, which the page's script draws into their place. */
    String page() throws IOException {
        return String.join("", parts().values());
    }

    /** Returns the parts of the page by their names, in reading order; what there is nothing to say of is empty. */
    Map<String, String> parts() throws IOException {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("header", header());
        parts.put("warnings", warnings());
        parts.put("method", unknownMethod());
        parts.put("changes", ChangeSection.of(run));
        parts.put("before-and-after", beforeAndAfter());
        parts.put("guard-tasks", GuardTasksSection.of(run));
        parts.put("own", run.own().html());
        parts.put(CHARTS, "<div id=\"charts\"></div>");
        parts.put("no-charts", emptyCharts());
        parts.put("own-details", run.own().details());
        parts.put("rows", run.reported().rows().map(RowsSection::of).orElse(""));
        parts.put("samples", SamplesSection.of(run));
        parts.put("phrases", RepeatedPhrases.section(run.reported().samples()));
        parts.put("limits", Limits.section(run));
        parts.put("cluster", ClusterSection.of(run));
        parts.put("settings", settings());
        parts.put("reproduce", reproduce());
        parts.put("glossary", Glossary.section());
        return parts;
    }

    /** Returns {@link #parts} for those who watch a run at work: what its line says is left out of the header. */
    Map<String, String> liveParts() throws IOException {
        Map<String, String> parts = parts();
        if (run.status().equals("running")) {
            String soFar = String.join(" ", PageFinding.of(run).soFar());
            parts.put(
                    "header",
                    "<header>"
                            + (soFar.isEmpty()
                                    ? ""
                                    : "<p class=\"lead\">" + html(Wording.unparted(soFar)) + lookAgain() + "</p>")
                            + facts() + "</header>");
        }
        return parts;
    }

    private String header() {
        PageFinding verdict = PageFinding.of(run);
        StringBuilder out = new StringBuilder("<header><p class=\"run\"><strong>" + html(run.name()) + "</strong>");
        if (!run.command().isEmpty()) {
            out.append("<span>").append(html(run.command())).append("</span>");
        }
        out.append("<span>")
                .append(html(run.status()))
                .append("</span><span>")
                .append(html(length()))
                .append("</span></p><h1 class=\"")
                .append(verdict.rating().name().toLowerCase(Locale.ROOT))
                .append("\">")
                .append(html(Wording.unparted(verdict.headline())))
                .append("</h1>");
        if (!verdict.explanation().isEmpty()) {
            out.append("<p class=\"lead\">")
                    .append(html(Wording.unparted(String.join(" ", verdict.explanation()))))
                    .append(lookAgain())
                    .append("</p>");
        }
        return out.append(facts()).append("</header>").toString();
    }

    /** The command that shows every row that the doctor found, where it found any. */
    private String lookAgain() {
        return run.reported().screening().findings().isEmpty()
                ? ""
                : " See every row: <code>" + html(run.reported().screening().command()) + "</code>";
    }

    private String length() {
        List<String> parts = new ArrayList<>();
        parts.add(Wording.count(run.step(), "step", "steps"));
        Series tokens = run.metrics().series("num_tokens");
        if (tokens.size() > 0) {
            parts.add(Wording.count((long) tokens.last()) + " tokens");
        }
        Series seconds = run.metrics().series("seconds");
        if (seconds.size() > 0) {
            double sum = seconds.mean() * seconds.size();
            parts.add(Wording.seconds(sum) + " of training");
        }
        return String.join(", ", parts);
    }

    private String facts() {
        StringBuilder out = new StringBuilder();
        List<String> names = new ArrayList<>(TITLE_OPTIONS);
        names.addAll(run.method().headOptions());
        for (String name : names) {
            String value = run.option(name);
            if (!value.isEmpty()) {
                out.append("<div><dt>")
                        .append(html(name.replace('-', ' ')))
                        .append("</dt><dd>")
                        .append(html(lastOf(name, value)))
                        .append("</dd></div>");
            }
        }
        return out.isEmpty() ? "" : "<dl class=\"facts\">" + out + "</dl>";
    }

    /** Returns the last name of a path, which is what people know. */
    private static String lastOf(String name, String value) {
        boolean path = name.equals("model") || name.equals("adapter") || name.equals("data");
        return path && value.startsWith("/") ? value.substring(value.lastIndexOf('/', value.length() - 2) + 1) : value;
    }

    private String warnings() {
        if (run.reported().warnings().isEmpty()) {
            return "";
        }
        StringBuilder out = new StringBuilder("<section class=\"warnings\"><h2>"
                + Wording.count(run.reported().warnings().size(), "warning", "warnings") + "</h2><ul>");
        for (Warning warning : run.reported().warnings()) {
            out.append("<li><p>")
                    .append(html(warning.seen()))
                    .append("</p><p class=\"muted\">")
                    .append(html(warning.advice()))
                    .append(" <code>")
                    .append(html(warning.code()))
                    .append("</code></p></li>");
        }
        return out.append("</ul></section>").toString();
    }

    /** Empty for a run whose command is known. */
    private String unknownMethod() {
        return run.command().isEmpty() || MethodReports.isKnown(run.method())
                ? ""
                : "<p class=\"empty\">No module here knows the command " + html(run.command())
                        + ", so that this page is without its charts and sections.</p>";
    }

    private String beforeAndAfter() {
        List<Comparison> comparisons = Comparison.of(run);
        if (comparisons.isEmpty()) {
            return section(
                    "Before and after",
                    "<p class=\"empty\">No evaluation was done, so there is nothing to compare. Give eval-data or"
                            + " eval-fraction (held-out rows), guard-data (general text) and guard-tasks (tasks with right answers).</p>");
        }
        HtmlTable table =
                new HtmlTable("On held-out rows").figures("before", "after").remarks("change, or 95 % interval");
        for (Comparison row : comparisons) {
            table.row(
                    html(row.label()),
                    html(row.before()),
                    "<strong>" + html(row.after()) + "</strong>",
                    html(row.remark()));
        }
        return section("Before and after", table.html());
    }

    private String emptyCharts() {
        return Charts.of(run).isEmpty()
                ? section("Charts", "<p class=\"empty\">Fewer than two steps were done; charts need two.</p>")
                : "<noscript><p class=\"empty\">The charts need JavaScript; their figures are in metrics.jsonl.</p>"
                        + "</noscript>";
    }

    private String settings() {
        Map<String, Double> last = new LinkedHashMap<>();
        run.metrics()
                .names()
                .forEach(name -> last.put(name, run.metrics().series(name).last()));
        String out = folded("All options", GivenPaths.of(run).in(run.documents().config()))
                + folded(
                        "Versions, hashes and machine",
                        GivenPaths.of(run).in(ChangeSection.rest(run.documents().manifest())))
                + folded("All figures of the last step and evaluation", last);
        return out.isEmpty() ? "" : section("Settings", out);
    }

    private static String folded(String summary, Map<String, ?> values) {
        return values.isEmpty()
                ? ""
                : "<details><summary>" + summary + "</summary>" + Details.table(values) + "</details>";
    }

    private String reproduce() {
        String command = run.command().isEmpty() ? "COMMAND" : run.command();
        String path = GivenPaths.of(run).text(run.path().toString());
        return section(
                "Do it again",
                "<pre><code>align " + html(command) + " --config " + html(ShellWord.of(path + "/config.yaml"))
                        + " --out " + html(ShellWord.of(path + "-again")) + "</code></pre>"
                        + "<p class=\"muted\">"
                        + (ChangeSection.of(run).isEmpty()
                                ? "The same versions, machine and files give the same figures, except for timings."
                                : "Its settings were changed on the way, so this run from step 1 has other figures.")
                        + "</p>");
    }

    /** The box of the page that says what its figures don't show. */
    private static final class Limits {
        private Limits() {}

        /** Returns the box as HTML; its sentences depend on what the run measured. */
        static String section(RunView run) {
            List<String> sentences = new ArrayList<>();
            sentences.add(
                    "The figures say how well the model fits the preferences in these rows. They don't say that people would like its"
                            + " answers better, or that its answers are true.");
            if (run.evaluationRows() == 0) {
                sentences.add("No row was held out, so that nothing here can tell learning from memorising.");
            } else {
                sentences.add(
                        "Held-out rows come from where the training rows come from; on other kinds of prompts nothing was measured.");
            }
            if (run.metrics().series("eval_guard_perplexity").size() == 0
                    && run.reported().guardTasks().isEmpty()) {
                sentences.add("Whether it forgot something wasn't measured: give guard-data or guard-tasks.");
            }
            if (run.reported().samples().isEmpty() && !run.own().showsAnswers()) {
                sentences.add(
                        "No answer of the model is shown here: read some before you trust a figure (align chat).");
            }
            sentences.add(
                    "It is one run with one seed: another seed gives other figures, and this page doesn't show how much they differ.");
            StringBuilder out =
                    new StringBuilder("<section class=\"limits\"><h2>What this report doesn\u2019t show</h2><ul>");
            sentences.forEach(
                    sentence -> out.append("<li>").append(html(sentence)).append("</li>"));
            return out.append("</ul></section>").toString();
        }
    }

    /** The part of the page that says which rows were read, used and dropped. */
    private static final class RowsSection {
        private RowsSection() {}

        static String of(RowsReport report) {
            HtmlTable table =
                    new HtmlTable("Rows").figures("read", "used", "dropped").words("reasons");
            for (RowsReport.RowSet set : report.sets()) {
                table.row(
                        html(setName(set.name())) + "<small>" + html(String.join(", ", set.files())) + "</small>",
                        Wording.count(set.read()),
                        Wording.count(set.used()),
                        Wording.count(set.read() - set.used()),
                        html(reasons(set)));
            }
            StringBuilder out = new StringBuilder(table.html());
            for (String note : report.notes()) {
                out.append("<p class=\"muted\">").append(html(note)).append("</p>");
            }
            return section("What was read", out.toString());
        }

        private static String setName(String name) {
            return switch (name) {
                case "train" -> "Training";
                case "eval" -> "Evaluation";
                case "guard" -> "General text";
                default -> name;
            };
        }

        private static String reasons(RowsReport.RowSet set) {
            List<String> reasons = new ArrayList<>();
            set.dropped().forEach((reason, rows) -> reasons.add(reason + " (" + Wording.count(rows) + ")"));
            return reasons.isEmpty() ? "–" : String.join(", ", reasons);
        }
    }
}
