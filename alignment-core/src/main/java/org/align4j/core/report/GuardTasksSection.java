package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.util.List;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.task.GuardedTask;
import org.align4j.core.task.TaskReport.TaskDifference;

/** The part of the page about guard tasks: how many items are right before and after, with the paired difference. */
final class GuardTasksSection {
    private GuardTasksSection() {}

    /** Empty for a run without guard tasks. */
    static String of(RunView run) {
        List<GuardedTask> tasks = run.guardTasks();
        if (tasks.isEmpty()) {
            return "";
        }
        HtmlTable table = new HtmlTable("Task")
                .figures(
                        "items",
                        "right before",
                        "right after",
                        "change in points, 95 % interval",
                        "items gained, lost");
        tasks.forEach(task -> row(table, task));
        return HtmlText.section(
                "Guard tasks",
                table.html()
                        + "<p class=\"muted\">The same items at the first evaluation and at the newest one; the interval is of the"
                        + " paired differences. Items: guard-tasks.json.</p>");
    }

    private static void row(HtmlTable table, GuardedTask task) {
        TaskDifference found = task.difference();
        table.row(
                html(task.task()) + " <span class=\"muted\">" + html(task.kind()) + "</span>",
                format("%,d", found.items()),
                format("%.1f %%", 100 * found.before()),
                format("%.1f %%", 100 * found.after()),
                format(
                        "%+.1f (%+.1f to %+.1f)",
                        100 * found.difference().mean(),
                        100 * found.difference().interval().low(),
                        100 * found.difference().interval().high()),
                format("%,d, %,d", found.signs().higher(), found.signs().lower()));
    }
}
