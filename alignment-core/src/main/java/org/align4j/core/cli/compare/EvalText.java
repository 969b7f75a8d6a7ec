package org.align4j.core.cli.compare;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Map;
import org.align4j.core.task.TaskDifference;
import org.align4j.core.task.TaskReport;
import org.align4j.core.task.TaskResult;
import org.align4j.core.terminal.Terminal;

/** Prints an evaluation for people: a line a task with its figures, a line a difference. */
final class EvalText {
    private static final String INTERVAL = "_interval";

    private EvalText() {}

    static void print(TaskReport report, Terminal terminal) {
        for (TaskResult result : report.results()) {
            String dropped = result.dropped() == 0 ? "" : format(", %,d left out as too long", result.dropped());
            terminal.print(format(
                    "%s (%s): %,d items%s",
                    result.name(), result.task().kind().text(), result.items().size(), dropped));
            if (result.unscored() > 0) {
                terminal.print(format(
                        "  %,d tokens are unscored: nothing stands before the first one of a window or of a text",
                        result.unscored()));
            }
            result.figures().forEach((name, value) -> figure(name, value, result.figures(), terminal));
        }
        for (TaskDifference difference : report.differences()) {
            terminal.print(format(
                            "%s %s: %+.4f against the earlier evaluation (95 %% interval %+.4f to %+.4f), %,d items higher, %,d lower, sign test p %.3g%s",
                            difference.task(),
                            difference.measure(),
                            difference.difference().mean(),
                            difference.difference().interval().low(),
                            difference.difference().interval().high(),
                            difference.signs().higher(),
                            difference.signs().lower(),
                            difference.signs().pValue(),
                            difference.difference().clear() ? "" : ": no clear difference")
                    .replace("Infinity", "∞"));
        }
    }

    private static void figure(String name, Object value, Map<String, Object> figures, Terminal terminal) {
        if (!(value instanceof Double number) || name.endsWith("_stderr")) {
            return;
        }
        String interval = figures.get(name + INTERVAL) instanceof List<?> bounds
                        && bounds.get(0) instanceof Double low
                        && bounds.get(1) instanceof Double high
                ? format(" (95 %% interval %.4f to %.4f)", low, high)
                : "";
        terminal.print(format("  %-26s %.4f%s", name, number, interval));
    }
}
