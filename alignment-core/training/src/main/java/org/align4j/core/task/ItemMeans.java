package org.align4j.core.task;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.Proportion;

/** Averages what items are worth: the mean, its standard error as lm-evaluation-harness has it, and an interval. */
final class ItemMeans {
    /** The level of all intervals. */
    public static final double CONFIDENCE = 0.95;

    private ItemMeans() {}

    /** Adds the mean of a measure that is 0 or 1, with its standard error and Wilson's interval. */
    public static void addShare(Map<String, Object> figures, String name, List<TaskItem> items) {
        double[] values = values(name, items);
        if (values.length == 0) {
            return;
        }
        figures.put(name, mean(values));
        if (values.length > 1) {
            figures.put(name + "_stderr", standardError(values));
        }
        int right = (int) Arrays.stream(values).filter(value -> value == 1).count();
        figures.put(
                name + "_interval",
                new Proportion(right, values.length).wilson(CONFIDENCE).bounds());
    }

    /** Returns an item's values of one measure, those items left out that have none. */
    static double[] values(String name, List<TaskItem> items) {
        return items.stream()
                .filter(item -> item.values().containsKey(name))
                .mapToDouble(item -> item.values().getOrDefault(name, Double.NaN))
                .toArray();
    }

    /** Returns the mean of some values. */
    public static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    /** The sample's standard deviation over the root of the number of items. */
    private static double standardError(double[] values) {
        double mean = mean(values);
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        return Math.sqrt(squares / (values.length - 1)) / Math.sqrt(values.length);
    }

    /** Begins the figures of a task. */
    public static Map<String, Object> begin(TaskKind kind, List<TaskItem> items, int dropped) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("kind", kind.text());
        figures.put("items", items.size());
        if (dropped > 0) {
            figures.put("dropped", dropped);
        }
        return figures;
    }
}
