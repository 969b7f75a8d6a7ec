package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.files.OutputFile;
import org.align4j.core.page.Details;
import org.align4j.core.page.HtmlPage;
import org.align4j.core.page.ItemBrowser;
import org.align4j.core.page.ItemBrowser.BrowsedItem;
import org.align4j.core.page.ItemBrowser.BrowsedItem.Mark;
import org.align4j.core.page.ItemBrowser.BrowsedItem.Side;
import org.align4j.core.page.Wording;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.verdict.Judgement;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code report.html} of an evaluation: what it comes to, figures with intervals, differences from an earlier evaluation, and
 * every item to search and to filter. One file that loads nothing.
 */
public final class EvalPage {
    /** The page's name next to {@code eval.json}. */
    public static final String FILE_NAME = "report.html";

    private EvalPage() {}

    /**
     * Writes the page, replacing a former one.
     *
     * @param out the file to write
     * @param earlier of each task, what an earlier evaluation made of its items by their number; empty where there is none
     */
    public static void write(Path out, TaskReport report, Map<String, Map<Integer, TaskItem>> earlier)
            throws IOException {
        TaskSections sections = new TaskSections(report);
        ItemBrowser items = TaskItems.of(report, earlier);
        String page = new HtmlPage(
                        model(report) + " – Align4J evaluation",
                        List.of(ItemBrowser.style()),
                        header(report)
                                + sections.figures()
                                + sections.differences()
                                + sections.instructions()
                                + items.html("Items", "The items need JavaScript; they are in items-NAME.jsonl, too.")
                                + limits(report)
                                + section("How it was asked", Details.table(settings(report))),
                        "align eval. Figures: eval.json; every item: items-NAME.jsonl.",
                        List.of(items.script()))
                .text();
        OutputFile.write(out, page.getBytes(StandardCharsets.UTF_8));
    }

    private static String model(TaskReport report) {
        Object adapter = report.about().get("adapter");
        return report.about().getOrDefault("model", "a model") + (adapter == null ? "" : " with " + adapter);
    }

    private static String header(TaskReport report) {
        Judgement judgement = EvalJudgement.of(report);
        Object against = report.about().get("against");
        return "<header><p class=\"run\"><strong>" + html(model(report)) + "</strong><span>"
                + Wording.count(report.results().size(), "task", "tasks") + "</span>"
                + (against == null ? "" : "<span>" + html("against " + against) + "</span>") + "</p><h1 class=\""
                + (report.differences().isEmpty() ? "" : judgement.verdict().word()) + "\">"
                + html(Wording.unparted(judgement.headline())) + "</h1>"
                + (judgement.reasons().isEmpty()
                        ? ""
                        : "<p class=\"lead\">" + html(Wording.unparted("Now: " + String.join(" ", judgement.reasons())))
                                + "</p>")
                + "</header>";
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> settings(TaskReport report) {
        return (Map<String, ?>) report.document().getOrDefault("settings", Map.of());
    }

    private static String limits(TaskReport report) {
        List<String> limits = new ArrayList<>();
        limits.add("Whether the model saw these items in training; a task that is public may have been.");
        limits.add("What other prompts or examples would give: one wording was asked, and figures move with it.");
        limits.add(
                "More than the items tell: an interval says how far other items of the same kind would move a figure.");
        if (report.results().size() > 1) {
            limits.add(
                    "Each of several tasks has an interval that fails for one in twenty; of many, some lie outside by chance.");
        }
        if (report.results().stream().anyMatch(each -> each.task().kind() == TaskKind.MULTIPLE_CHOICE)) {
            limits.add(
                    "What the model would write: in multiple choice it writes nothing, the likeliest choice is taken.");
        }
        for (TaskResult result : report.results()) {
            if (result.dropped() > 0) {
                limits.add(Wording.count(result.dropped(), "item", "items") + " of " + result.name()
                        + (result.dropped() == 1 ? " is" : " are")
                        + " in no figure, since the model can't take so many tokens.");
            }
            if (result.unscored() > 0) {
                limits.add(Wording.count(result.unscored(), "token", "tokens") + " of " + result.name()
                        + (result.unscored() == 1 ? " is" : " are")
                        + " in no figure, since nothing stands before the first token of a window or of a text.");
            }
        }
        return section(
                "What this doesn’t show",
                limits.stream()
                        .map(limit -> "<li>" + html(limit) + "</li>")
                        .collect(Collectors.joining("", "<ul class=\"limits\">", "</ul>")));
    }

    /** Every item with what the model made of it, in the order of the tasks' files; windows of text have none to show. */
    private static final class TaskItems {
        private static final String RIGHT = "right";
        private static final String WRONG = "wrong";
        private static final String NEWLY_RIGHT = "newly right";
        private static final String NEWLY_WRONG = "newly wrong";

        private TaskItems() {}

        static ItemBrowser of(TaskReport report, Map<String, Map<Integer, TaskItem>> earlier) {
            ItemBrowser browser =
                    new ItemBrowser("item", List.of("Task", "Outcome", "Changed"), List.of("Instruction", "Followed"));
            for (TaskResult result : report.results()) {
                Map<Integer, TaskRow> rows =
                        result.task().rows().stream().collect(Collectors.toMap(TaskRow::item, Function.identity()));
                Map<Integer, TaskItem> before = earlier.getOrDefault(result.name(), Map.of());
                for (TaskItem item : result.items()) {
                    TaskRow row = rows.get(item.item());
                    if (row != null) {
                        browser.add(browsed(result, item, row, before.get(item.item())));
                    }
                }
            }
            return browser.add(new ItemBrowser.Preset("Wrong", Map.of("Outcome", WRONG), true))
                    .add(new ItemBrowser.Preset("Newly wrong", Map.of("Changed", NEWLY_WRONG), true))
                    .add(new ItemBrowser.Preset("Newly right", Map.of("Changed", NEWLY_RIGHT), true));
        }

        private static BrowsedItem browsed(TaskResult result, TaskItem item, TaskRow row, @Nullable TaskItem before) {
            boolean right = isRight(item, result.headline());
            String changed = before == null || isRight(before, result.headline()) == right
                    ? ""
                    : right ? NEWLY_RIGHT : NEWLY_WRONG;
            String heading = format("%s, item %,d · %s", result.name(), item.item() + 1, right ? RIGHT : WRONG)
                    + (changed.isEmpty() ? "" : ", " + changed);
            List<String> facets = List.of(result.name(), right ? RIGHT : WRONG, changed);
            if (row instanceof TaskRow.Choice choice) {
                return new BrowsedItem(
                        heading,
                        choice.query(),
                        choices(choice, item),
                        List.of(),
                        facets,
                        List.of(margin(choice, item)));
            }
            List<Side> sides = new ArrayList<>();
            sides.add(new Side(
                    "Answer",
                    String.valueOf(item.details().getOrDefault("completion", "")),
                    Boolean.FALSE.equals(item.details().get("finished")) ? "cut at its last token" : "",
                    right ? "good" : "bad"));
            if (row instanceof TaskRow.Answer answer) {
                sides.add(new Side("Right answer", answer.answer(), "", ""));
                String prompt = answer.prompt().stream()
                        .map(message -> (answer.prompt().size() == 1 ? "" : message.role() + ": ") + message.content())
                        .collect(Collectors.joining("\n\n"));
                return new BrowsedItem(heading, prompt, sides, List.of(), facets, List.of());
            }
            TaskRow.Instructions asked = (TaskRow.Instructions) row;
            List<String> notes = new ArrayList<>();
            List<Mark> marks = new ArrayList<>();
            List<?> names = list(item, "instructions");
            for (int i = 0; i < names.size(); i++) {
                boolean strict = Boolean.TRUE.equals(list(item, "strict").get(i));
                boolean loose = Boolean.TRUE.equals(list(item, "loose").get(i));
                String followed = strict ? "yes" : loose ? "loosely" : "no";
                notes.add(names.get(i) + ": " + (strict ? "followed" : loose ? "followed loosely" : "not followed"));
                marks.add(new Mark(List.of(String.valueOf(names.get(i)), followed), 0));
            }
            return new BrowsedItem(heading, asked.prompt(), sides, notes, facets, marks);
        }

        private static boolean isRight(TaskItem item, String measure) {
            return item.values().getOrDefault(measure, 0.0) == 1;
        }

        private static List<Side> choices(TaskRow.Choice row, TaskItem item) {
            double[] likelihoods = likelihoods(item);
            Object chosen = item.details().get("choice");
            List<Side> sides = new ArrayList<>();
            for (int i = 0; i < row.choices().size(); i++) {
                boolean taken = chosen instanceof Integer choice && choice == i;
                boolean gold = row.gold() == i;
                String note = (gold ? "right, " : "")
                        + (taken ? "the model’s choice, " : "")
                        + (i < likelihoods.length ? Wording.number(likelihoods[i]) + " nats" : "");
                sides.add(
                        new Side("Choice " + (i + 1), row.choices().get(i), note, gold ? "good" : taken ? "bad" : ""));
            }
            return sides;
        }

        /** Returns how far the likeliest choice is ahead of the right one, or the right one ahead of the next; at most 1. */
        private static Mark margin(TaskRow.Choice row, TaskItem item) {
            double[] likelihoods = likelihoods(item);
            double gap = 0;
            if (row.gold() < likelihoods.length) {
                double best = Double.NEGATIVE_INFINITY;
                for (int i = 0; i < likelihoods.length; i++) {
                    best = i == row.gold() ? best : Math.max(best, likelihoods[i]);
                }
                gap = Math.abs(best - likelihoods[row.gold()]);
            }
            return new Mark(List.of("", ""), gap / (1 + gap));
        }

        private static double[] likelihoods(TaskItem item) {
            return item.details().get("log_likelihoods") instanceof double[] found ? found : new double[0];
        }

        private static List<?> list(TaskItem item, String name) {
            return item.details().get(name) instanceof List<?> found ? found : List.of();
        }
    }
}
