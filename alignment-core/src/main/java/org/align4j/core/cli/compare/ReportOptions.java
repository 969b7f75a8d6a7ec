package org.align4j.core.cli.compare;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.options.Positional;
import org.jspecify.annotations.Nullable;

/**
 * Options of {@code align report}.
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
                        "File for all figures as comma-separated values: a line a run and step, with intervals, options and verdict.")
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
