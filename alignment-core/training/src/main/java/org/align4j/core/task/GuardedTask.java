package org.align4j.core.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;

/**
 * A guard task of a training run, item by item: at the run's first evaluation and at its newest. One entry of {@code guard-tasks.json}.
 *
 * @param task its name
 * @param kind its kind, as eval.json calls it
 * @param measure what each value is, such as {@code acc}
 * @param items the numbers of the items in the task's file
 * @param clusters equal for items with equal prompts
 * @param before the value of each item at the first evaluation
 * @param after its value at the newest one
 */
public record GuardedTask(
        String task,
        String kind,
        String measure,
        List<Integer> items,
        List<Integer> clusters,
        List<Double> before,
        List<Double> after) {
    /** Copies the lists. */
    public GuardedTask {
        items = List.copyOf(items);
        clusters = List.copyOf(clusters);
        before = List.copyOf(before);
        after = List.copyOf(after);
    }

    /** Makes the entry of a first evaluation, which is the newest one too. */
    public static GuardedTask begin(TaskResult result) {
        String measure = result.headline();
        List<TaskItem> items = result.items();
        List<Double> values = items.stream().map(item -> value(item, measure)).toList();
        return new GuardedTask(
                result.name(),
                result.task().kind().text(),
                measure,
                items.stream().map(TaskItem::item).toList(),
                items.stream().map(TaskItem::cluster).toList(),
                values,
                values);
    }

    /** Returns this entry with another newest evaluation. */
    public GuardedTask with(TaskResult result) {
        Map<Integer, TaskItem> found = new HashMap<>();
        result.items().forEach(item -> found.put(item.item(), item));
        List<Double> values = items.stream()
                .map(item -> value(Objects.requireNonNull(found.get(item)), measure))
                .toList();
        return new GuardedTask(task, kind, measure, items, clusters, before, values);
    }

    private static double value(TaskItem item, String measure) {
        return item.values().getOrDefault(measure, Double.NaN);
    }

    /** Compares the newest evaluation with the first. */
    @JsonIgnore
    public TaskDifference difference() {
        return TaskDifference.of(task, measure, measured(before), measured(after));
    }

    private List<TaskItem> measured(List<Double> values) {
        return IntStream.range(0, items.size())
                .mapToObj(i -> new TaskItem(items.get(i), clusters.get(i), Map.of(measure, values.get(i)), 1, Map.of()))
                .toList();
    }
}
