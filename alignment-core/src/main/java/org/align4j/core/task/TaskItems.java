package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.align4j.core.page.ItemBrowser.BrowsedItem;
import org.align4j.core.page.ItemBrowser.BrowsedItem.Mark;
import org.align4j.core.page.ItemBrowser.BrowsedItem.Side;
import org.align4j.core.page.ItemBrowser;
import org.align4j.core.page.Wording;
import org.jspecify.annotations.Nullable;

/** Every item with what the model made of it, in the order of the tasks' files; windows of text have none to show. */
final class TaskItems {
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
        String changed =
                before == null || isRight(before, result.headline()) == right ? "" : right ? NEWLY_RIGHT : NEWLY_WRONG;
        String heading = format("%s, item %,d · %s", result.name(), item.item() + 1, right ? RIGHT : WRONG)
                + (changed.isEmpty() ? "" : ", " + changed);
        List<String> facets = List.of(result.name(), right ? RIGHT : WRONG, changed);
        if (row instanceof TaskRow.Choice choice) {
            return new BrowsedItem(
                    heading, choice.query(), choices(choice, item), List.of(), facets, List.of(margin(choice, item)));
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
            sides.add(new Side("Choice " + (i + 1), row.choices().get(i), note, gold ? "good" : taken ? "bad" : ""));
        }
        return sides;
    }

    /** Tells how far the likeliest choice is ahead of the right one, or the right one ahead of the next; at most 1. */
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
