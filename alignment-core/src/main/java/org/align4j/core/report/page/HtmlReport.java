package org.align4j.core.report.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.files.AtomicFile;
import org.align4j.core.files.OutputFile;

/**
 * Writes {@code report.html}: what happened in a run, whether it is better, charts, rows, answers and settings. One file
 * that loads nothing (its content policy forbids it); charts are drawn by uPlot, which it carries.
 */
public final class HtmlReport {
    /** The page's name within a run directory. */
    public static final String FILE_NAME = "report.html";

    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z.]+)}}");
    private static final ObjectMapper JSON = new ObjectMapper();

    private HtmlReport() {}

    /**
     * Writes the page of one run into its directory, replacing a former one.
     *
     * @param run a run directory, finished or not
     * @return where it was written
     * @throws InputException when it is no run directory
     */
    public static Path write(Path run) throws IOException {
        RunView view = RunView.read(run);
        Path page = run.resolve(FILE_NAME);
        put(page, page(view.name(), new RunSections(view).page(), Charts.of(view)));
        return page;
    }

    /**
     * Writes a page about several runs side by side.
     *
     * @param runs run directories, at least two
     * @param page the file to write
     * @throws InputException when one is no run directory
     */
    public static void compare(List<Path> runs, Path page) throws IOException {
        List<RunView> views = new ArrayList<>();
        for (Path run : runs) {
            views.add(RunView.read(run));
        }
        String title = String.join(", ", views.stream().map(RunView::name).toList());
        put(OutputFile.behindLinks(page), page(title, new ComparisonSections(views).page(), Charts.across(views)));
    }

    /**
     * Reads the runs and writes nothing.
     *
     * @throws InputException when one is no run directory, or one of its files can't be understood
     */
    public static void requireRuns(List<Path> runs) throws IOException {
        for (Path run : runs) {
            RunView.read(run);
        }
    }

    private static String page(String title, String body, List<Chart> charts) throws IOException {
        Map<String, String> parts = Map.of(
                "title", HtmlText.html(title),
                "uplot.css", resource(UPLOT + "uPlot.min.css"),
                "style", resource("page.css"),
                "body", body,
                "charts", inScript(JSON.writeValueAsString(charts)),
                "uplot.js", resource(UPLOT + "uPlot.iife.min.js").replace("</script", "<\\/script"),
                "script", resource("page.js"));
        return PLACE.matcher(resource("page.html"))
                .replaceAll(place -> Matcher.quoteReplacement(parts.getOrDefault(place.group(1), "")));
    }

    /** JSON that can stand in a script element: nothing in it can end the element or begin a comment. */
    static String inScript(String json) {
        return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("The program's own file " + name + " is missing; build it again.");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void put(Path page, String text) throws IOException {
        AtomicFile.write(page, text.getBytes(StandardCharsets.UTF_8));
    }
}
