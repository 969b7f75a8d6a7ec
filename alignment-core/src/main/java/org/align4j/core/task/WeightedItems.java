package org.align4j.core.task;

import java.util.List;

/**
 * The values of items as a mean over clusters takes them: one a token where an item is a window of text, so that a long one weighs more.
 *
 * @param values {@code [rows]} of one measure
 * @param clusters {@code [rows]} equal for what is no independent evidence
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record WeightedItems(double[] values, int[] clusters) {
    /** Takes those items that have the measure. */
    public static WeightedItems of(String measure, List<TaskItem> items) {
        List<TaskItem> measured = items.stream()
                .filter(item -> item.values().containsKey(measure))
                .toList();
        int rows = measured.stream().mapToInt(TaskItem::weight).sum();
        double[] values = new double[rows];
        int[] clusters = new int[rows];
        int at = 0;
        for (TaskItem item : measured) {
            for (int i = 0; i < item.weight(); i++) {
                values[at] = item.values().getOrDefault(measure, Double.NaN);
                clusters[at++] = item.cluster();
            }
        }
        return new WeightedItems(values, clusters);
    }
}
