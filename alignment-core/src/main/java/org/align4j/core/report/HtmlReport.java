package org.align4j.core.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.OutputFile;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.HtmlText;

/**
 * Writes {@code report.html}: what happened in a run, whether it is better, charts, rows, answers and settings. One file
 * that loads nothing (its content policy forbids it); charts are drawn by uPlot, which it carries.
 */
public final class HtmlReport {
    /** The page's name within a run directory. */
    public static final String FILE_NAME = "report.html";

    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final ObjectMapper JSON = new ObjectMapper();

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
        List<RunView> views = new ArrayList<>();
        for (Path run : runs) {
            views.add(RunView.read(run));
        }
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
        String title = String.join(", ", RunNames.of(runs));
        put(OutputFile.behindLinks(page), page(title, new ComparisonSections(runs).page(), Charts.across(runs)));
    }

    /** Writes all figures of the runs as comma-separated values; see {@link FiguresCsv}. */
    public void csv(Path file) throws IOException {
        FiguresCsv.write(runs, file);
    }

    private static String page(String title, String body, List<Chart> charts) throws IOException {
        String drawn = "const CHARTS = " + HtmlText.inScript(JSON.writeValueAsString(charts)) + ";\n";
        return new HtmlPage(
                        title + " – Align4J",
                        List.of(
                                HtmlPage.resource(HtmlReport.class, UPLOT + "uPlot.min.css"),
                                HtmlPage.resource(HtmlReport.class, "page.css")),
                        body,
                        "Align4J report. Figures: metrics.jsonl of the run.",
                        List.of(
                                HtmlPage.resource(HtmlReport.class, UPLOT + "uPlot.iife.min.js"),
                                drawn + HtmlPage.resource(HtmlReport.class, "page.js")))
                .text();
    }

    private static void put(Path page, String text) throws IOException {
        AtomicFile.write(page, text.getBytes(StandardCharsets.UTF_8));
    }
}
