package org.align4j.core.cli.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.NamedCommand;
import org.align4j.core.cli.ResultLines;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.align4j.core.report.HtmlReport;
import org.align4j.core.run.ResultFile;
import org.align4j.core.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** {@code align report RUN…}: rewrites a run's report.html; of several runs a page that shows them side by side, and nothing of theirs. */
public final class ReportCommand extends NamedCommand<ReportCommand.ReportOptions> {
    private static final Path COMPARISON = Path.of("comparison.html");

    /** Names the command. */
    public ReportCommand() {
        super("report", "(re)write a run's report.html; of several runs a page side by side", ReportOptions.class);
    }

    @Override
    public int run(ReportOptions options, Terminal terminal) throws IOException {
        ResultLines.requireFile(options.out());
        ResultLines.requireFile(options.csv());
        HtmlReport report = HtmlReport.read(options.runs());
        Map<String, Object> result = new LinkedHashMap<>();
        if (options.runs().size() == 1) {
            Path run = options.runs().get(0);
            ResultFile.repair(run);
            report.write();
            String page = run.resolve(HtmlReport.FILE_NAME).toString();
            result.put("reports", List.of(page));
            terminal.print("Report: " + page);
        } else {
            Path page = options.out() == null ? COMPARISON : options.out();
            report.compare(page);
            terminal.print("Side by side: " + page);
            result.put("comparison", page.toString());
        }
        if (options.csv() != null) {
            report.csv(options.csv());
            terminal.print("Figures: " + options.csv());
            result.put("csv", options.csv().toString());
        }
        terminal.result(result);
        return 0;
    }

    /**
     * Holds the options of {@code align report}.
     *
     * @param runs run directories
     */
    record ReportOptions(
            @Positional(label = "RUN…", help = "Run directories, finished or not.")
            List<Path> runs,

            @Option(help = "File for the page about several runs.", unset = "comparison.html") @Nullable
            Path out,

            @Option(
                    help =
                            "File for all figures as comma-separated values: a line per run and step, with intervals, options and verdict.")
            @Nullable
            Path csv) {
        ReportOptions {
            runs = List.copyOf(runs);
            if (out != null && runs.size() == 1) {
                throw new InputException(
                        "out is " + out + " but the page of one run is always written into it as report.html;"
                                + " leave out away, or name several runs.");
            }
        }
    }
}
