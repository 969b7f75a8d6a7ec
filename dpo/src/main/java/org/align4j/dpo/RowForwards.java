package org.align4j.dpo;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.train.Forward;
import org.align4j.core.train.Workload;

/**
 * The forwards that some of all rows become as one step.
 *
 * @param items of all rows
 * @param budget tokens in one forward, as of each time
 */
record RowForwards(List<RowLayout.Item> items, RowLayout layout, TokenBudget budget) implements Workload.Planner {
    @Override
    public List<Forward> forwards(int[] rows) {
        List<RowLayout.Item> some = Arrays.stream(rows).mapToObj(items::get).toList();
        return Forward.of(
                rows,
                layout.groups(some, budget.tokens()),
                group -> layout.pack(Arrays.stream(group).mapToObj(some::get).toList())
                        .batch());
    }
}
