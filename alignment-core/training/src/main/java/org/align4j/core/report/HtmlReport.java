package org.align4j.core.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.align4j.core.error.InputException;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlText;
import org.align4j.core.report.Charts.Chart;
import org.align4j.core.report.Comparison.RunNames;
import org.align4j.core.run.Run;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Measured;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code report.html}: what happened in a run, whether it is better, charts, rows, answers and settings. One file
 * that loads nothing (its content policy forbids it); charts are drawn by uPlot, which it carries.
 */
public final class HtmlReport {
    /** The page's name within a run directory. */
    public static final String FILE_NAME = Run.REPORT;

    /** Runs of which each has a column; more are shown as settings, a row each. */
    private static final int MOST_COLUMNS = 8;

    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    private final List<RunView> runs;

    private HtmlReport(List<RunView> runs) {
        this.runs = List.copyOf(runs);
    }

    /**
     * Reads runs, each once, and writes nothing.
     *
     * @param runs run directories, finished or not
     * @throws InputException when one is no run directory, or one of its files can't be understood
     */
    public static HtmlReport read(List<Path> runs) throws IOException {
        List<RunView> views = RunView.read(runs);
        return new HtmlReport(views);
    }

    /**
     * Writes the page of one run into its directory, replacing a former one.
     *
     * @param run a run directory, finished or not
     * @return where it was written
     * @throws InputException when it is no run directory
     */
    public static Path write(Path run) throws IOException {
        read(List.of(run)).write();
        return run.resolve(FILE_NAME);
    }

    /** Writes each run's page into its directory, replacing a former one. */
    public void write() throws IOException {
        for (RunView run : runs) {
            put(run.path().resolve(FILE_NAME), page(run.name(), new RunSections(run).page(), Charts.of(run)));
        }
    }

    /**
     * Writes a page about the runs side by side, of which there are at least two.
     *
     * @param page the file to write
     */
    public void compare(Path page) throws IOException {
        Path file = OutputFile.behindLinks(page);
        GroupSections group = new GroupSections(RunGroup.of(runs), runs, file);
        if (runs.size() > MOST_COLUMNS) {
            String title = runs.size() + " runs";
            put(file, page(title, group.header("Side by side") + group.page(), group.charts()));
            return;
        }
        String title = String.join(", ", RunNames.of(runs));
        put(file, page(title, new ComparisonSections(runs, group).page(), Charts.across(runs)));
    }

    /** Returns what the runs' held-out rows say of their settings, for programs. */
    public Map<String, @Nullable Object> comparison() {
        return RunGroup.of(runs).document(null);
    }

    /** Writes the settings of the runs as a LaTeX table. */
    public void tex(Path file) throws IOException {
        OutputFile.write(file, RunGroup.of(runs).tex().getBytes(StandardCharsets.UTF_8));
    }

    /** Writes all figures of the runs as comma-separated values; see {@link FiguresCsv}. */
    public void csv(Path file) throws IOException {
        FiguresCsv.write(runs, file);
    }

    static String page(String title, String body, List<Chart> charts) throws IOException {
        String drawn = "const CHARTS = " + HtmlText.inScript(Json.text(charts)) + ";\n";
        return new HtmlPage(
                        title + " – Align4J",
                        List.of(
                                HtmlPage.resource(HtmlReport.class, UPLOT + "uPlot.min.css"),
                                HtmlPage.resource(HtmlReport.class, "page.css")),
                        body,
                        "Align4J report. Figures: metrics.jsonl of the run.",
                        List.of(
                                HtmlPage.resource(HtmlReport.class, UPLOT + "uPlot.iife.min.js"),
                                HtmlPage.resource(HtmlReport.class, "charts.js"),
                                drawn + HtmlPage.resource(HtmlReport.class, "page.js")))
                .text();
    }

    static void put(Path page, String text) throws IOException {
        AtomicFile.write(page, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes all figures of runs as comma-separated values (RFC 4180), for spreadsheets and notebooks: a line per run and step, a
     * column per figure. Shares of evaluation rows have their 95 % interval with them ({@code NAME_low}, {@code NAME_high}). Every line has the run's
     * options ({@code option.NAME}), its verdict, and the verdict's evidence ({@code evidence.NAME}, the difference, with its interval). What a
     * run doesn't have, or is no finite number, is empty.
     */
    private static final class FiguresCsv {
        private static final String STEP = "step";
        private static final String LOW = "_low";
        private static final String HIGH = "_high";

        private FiguresCsv() {}

        /**
         * Writes the file, replacing a former one.
         *
         * @param views the runs
         */
        static void write(List<RunView> views, Path file) throws IOException {
            List<String> names = RunNames.of(views);
            List<Map<String, String>> rows = new ArrayList<>();
            for (int i = 0; i < views.size(); i++) {
                rows.addAll(rows(views.get(i), names.get(i)));
            }
            Set<String> columns = new LinkedHashSet<>(List.of("run", STEP));
            // What stands for the whole run comes last, behind the figures of all runs.
            for (boolean whole : new boolean[] {false, true}) {
                rows.forEach(row -> row.keySet().stream()
                        .filter(column -> isOfWholeRun(column) == whole)
                        .forEach(columns::add));
            }
            StringBuilder text = new StringBuilder();
            text.append(CsvLine.of(columns));
            for (Map<String, String> row : rows) {
                text.append(CsvLine.of(columns.stream()
                        .map(column -> row.getOrDefault(column, ""))
                        .toList()));
            }
            AtomicFile.write(OutputFile.behindLinks(file), text.toString().getBytes(StandardCharsets.UTF_8));
        }

        private static boolean isOfWholeRun(String column) {
            return column.equals("verdict") || column.startsWith("evidence.") || column.startsWith("option.");
        }

        /** A row for each step, in their order: an evaluation is in the row of the step that it followed. */
        private static Collection<Map<String, String>> rows(RunView run, String name) {
            Map<String, String> whole = wholeRun(run);
            Map<Long, Map<String, String>> steps = new TreeMap<>();
            for (Map<String, Double> line : run.metrics().lines()) {
                long step = Math.round(line.getOrDefault(STEP, 0.0));
                Map<String, String> row = steps.computeIfAbsent(step, unseen -> {
                    Map<String, String> begun = new LinkedHashMap<>();
                    begun.put("run", name);
                    begun.put(STEP, Long.toString(step));
                    return begun;
                });
                line.forEach((figure, value) -> {
                    if (!figure.equals(STEP)) {
                        row.put(figure, number(value));
                        putInterval(row, run, figure, value);
                    }
                });
            }
            steps.values().forEach(row -> row.putAll(whole));
            return steps.values();
        }

        private static void putInterval(Map<String, String> row, RunView run, String figure, double value) {
            boolean share = run.method().figures().all().stream()
                    .filter(each -> each.evaluationName().equals(figure))
                    .map(Figure::meaning)
                    .map(Meaning::scale)
                    .anyMatch(Meaning.Scale.SHARE_OF_ROWS::equals);
            if (share && run.evaluationRows() > 0 && value >= 0 && value <= 1) {
                Interval interval =
                        Proportion.ofRate(value, run.evaluationRows()).wilson(0.95);
                row.put(figure + LOW, number(interval.low()));
                row.put(figure + HIGH, number(interval.high()));
            }
        }

        private static Map<String, String> wholeRun(RunView run) {
            Map<String, String> whole = new LinkedHashMap<>();
            Judgement judgement = run.evidence().judge();
            whole.put("verdict", judgement.verdict().word());
            for (Measured measured : judgement.evidence()) {
                String name = "evidence." + measured.figure();
                whole.put(name, number(measured.difference()));
                whole.put(name + LOW, number(measured.interval().get(0)));
                whole.put(name + HIGH, number(measured.interval().get(1)));
            }
            run.documents().config().forEach((option, value) -> whole.put("option." + option, Details.text(value)));
            return whole;
        }

        private static String number(@Nullable Double value) {
            return value != null && Double.isFinite(value) ? Double.toString(value) : "";
        }
    }
}
