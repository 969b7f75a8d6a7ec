package org.align4j.core.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.eval.SignTest;

/**
 * Compares two evaluations of the same items by one measure.
 *
 * @param task the task's name
 * @param measure what is compared, such as {@code acc}
 * @param items that both evaluations have
 * @param before the mean of the earlier evaluation over them
 * @param after the mean of this one
 * @param difference after less before, with an interval over prompts
 * @param signs items of which this evaluation is higher or lower
 */
public record TaskDifference(
        String task,
        String measure,
        int items,
        double before,
        double after,
        PairedDifference difference,
        SignTest signs) {

    /**
     * Compares items by one measure.
     *
     * @param before items of the earlier evaluation
     * @param after those of this one; the same numbers in the same order
     */
    static TaskDifference of(String task, String measure, List<TaskItem> before, List<TaskItem> after) {
        WeightedItems earlier = WeightedItems.of(measure, before);
        WeightedItems later = WeightedItems.of(measure, after);
        return new TaskDifference(
                task,
                measure,
                after.size(),
                ItemMeans.mean(earlier.values()),
                ItemMeans.mean(later.values()),
                isShare(measure)
                        ? PairedDifference.ofShares(earlier.values(), later.values(), later.clusters())
                        : PairedDifference.of(earlier.values(), later.values(), later.clusters()),
                SignTest.of(ItemMeans.values(measure, before), ItemMeans.values(measure, after)));
    }

    /** Tells whether the measure counts items that are right; perplexity's is a mean of nats. */
    public boolean isShare() {
        return isShare(measure);
    }

    private static boolean isShare(String measure) {
        return measure.contains("acc");
    }

    /** Returns the difference as eval.json has it. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("items", items);
        document.put("before", before);
        document.put("after", after);
        document.put("difference", difference.mean());
        document.put("interval", difference.interval().bounds());
        document.put("higher", signs.higher());
        document.put("lower", signs.lower());
        document.put("p_value", signs.pValue());
        return document;
    }
}
