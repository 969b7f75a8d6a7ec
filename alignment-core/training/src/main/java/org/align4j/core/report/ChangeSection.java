package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.HtmlText;
import org.align4j.core.task.GuardedTask;
import org.align4j.core.task.TaskReport.TaskDifference;

/** The part of the page that says what was changed in a run while it was under way, as manifest.json records it. */
final class ChangeSection {
    private static final Set<String> SHOWN_ELSEWHERE = Set.of("options", "changes", "extensions");

    private ChangeSection() {}

    /** Empty for a run that is still what it was begun as. */
    static String of(RunView run) {
        List<Map<?, ?>> changes = new ArrayList<>(entries(run, "changes"));
        changes.addAll(entries(run, "extensions"));
        if (changes.isEmpty()) {
            return "";
        }
        GivenPaths paths = GivenPaths.of(run);
        HtmlTable table = new HtmlTable("Changed")
                .figures("after step", "before", "since")
                .words("when");
        for (Map<?, ?> change : changes) {
            table.row(
                    text(change, "name"),
                    text(change, "step"),
                    paths.text(text(change, "before")),
                    paths.text(text(change, "after")),
                    text(change, "time"));
        }
        return HtmlText.section(
                "Changed on the way",
                "<p>From these steps on the run continued with settings other than those it began with; its figures are not"
                        + " those of one setting.</p>" + table.html());
    }

    /** The manifest without what the page shows in other places. */
    static Map<String, Object> rest(Map<String, Object> manifest) {
        Map<String, Object> rest = new LinkedHashMap<>(manifest);
        rest.keySet().removeAll(SHOWN_ELSEWHERE);
        return rest;
    }

    private static List<Map<?, ?>> entries(RunView run, String name) {
        List<Map<?, ?>> entries = new ArrayList<>();
        if (run.documents().manifest().get(name) instanceof List<?> list) {
            list.forEach(entry -> {
                if (entry instanceof Map<?, ?> change) {
                    entries.add(change);
                }
            });
        }
        return entries;
    }

    private static String text(Map<?, ?> change, String key) {
        return html(Details.text(change.get(key)));
    }

    /** The part of the page about guard tasks: how many items are right before and after, with the paired difference. */
    static final class GuardTasksSection {
        private GuardTasksSection() {}

        /** Empty for a run without guard tasks. */
        static String of(RunView run) {
            List<GuardedTask> tasks = run.reported().guardTasks();
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
}
