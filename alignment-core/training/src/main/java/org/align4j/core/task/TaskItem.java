package org.align4j.core.task;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a model made of one item: a line of {@code items-NAME.jsonl}.
 *
 * @param item its number in the task's file, from 0
 * @param cluster equal for items with equal prompts, which are no independent evidence
 * @param values of each measure, such as {@code acc}: what is averaged over the items, and compared between models
 * @param weight 1, or the tokens of a window of text
 * @param details what the values come from, such as {@code choice} and {@code log_likelihoods}
 */
public record TaskItem(
        int item, int cluster, Map<String, Double> values, int weight, Map<String, @Nullable Object> details) {
    /** Copies both maps in their order. */
    public TaskItem {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /** Returns the fields of the item's line. */
    public Map<String, @Nullable Object> line() {
        Map<String, @Nullable Object> line = new LinkedHashMap<>();
        line.put("item", item);
        line.putAll(details);
        line.putAll(values);
        return line;
    }
}
