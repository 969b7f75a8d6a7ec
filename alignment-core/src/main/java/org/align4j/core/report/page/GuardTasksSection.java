package org.align4j.core.report.page;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.report.page.HtmlText.html;

import java.util.List;
import org.align4j.core.task.result.GuardedTask;
import org.align4j.core.task.result.TaskDifference;

/** The part of the page about guard tasks: how many items are right before and after, with the paired difference. */
final class GuardTasksSection {
    private GuardTasksSection() {}

    /** Empty for a run without guard tasks. */
    static String of(RunView run) {
        List<GuardedTask> tasks = run.guardTasks();
        if (tasks.isEmpty()) {
            return "";
        }
        StringBuilder table = new StringBuilder(
                "<table class=\"figures\"><thead><tr><th>Task</th><th>items</th><th>right before</th>"
                        + "<th>right after</th><th>change in points, 95 % interval</th><th>items gained, lost</th></tr></thead><tbody>");
        tasks.forEach(task -> table.append(row(task)));
        return HtmlText.section(
                "Guard tasks",
                HtmlText.wide(table.append("</tbody></table>").toString())
                        + "<p class=\"muted\">The same items at the first evaluation and at the newest one; the interval is a paired"
                        + " bootstrap's. Items: guard-tasks.json.</p>");
    }

    private static String row(GuardedTask task) {
        TaskDifference found = task.difference();
        return "<tr><th scope=\"row\">" + html(task.task()) + " <span class=\"muted\">" + html(task.kind())
                + "</span></th>"
                + cell(format("%,d", found.items()))
                + cell(format("%.1f %%", 100 * found.before()))
                + cell(format("%.1f %%", 100 * found.after()))
                + cell(format(
                        "%+.1f (%+.1f to %+.1f)",
                        100 * found.difference().mean(),
                        100 * found.difference().interval().low(),
                        100 * found.difference().interval().high()))
                + cell(format("%,d, %,d", found.signs().higher(), found.signs().lower()))
                + "</tr>";
    }

    private static String cell(String text) {
        return "<td>" + html(text) + "</td>";
    }
}
