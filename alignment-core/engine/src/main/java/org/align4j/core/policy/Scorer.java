package org.align4j.core.policy;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.pack.TokenBudget;

/**
 * Scores rows in forwards that several of them share, and puts what the forwards find of their rows back into the rows' order.
 *
 * @param groups {@code [forwards][]} the places of the rows that share a forward
 */
public record Scorer(List<int[]> groups) {
    public Scorer {
        groups = List.copyOf(groups);
    }

    /**
     * Scores prompts with answers, several forwards at a time where the policy has several threads.
     *
     * @param budget of a forward; who is refused memory calls again, which makes smaller forwards
     * @param forward finds what there is to say of each item of a forward
     */
    public static <V> List<V> score(
            Policy policy,
            RowLayout layout,
            TokenBudget budget,
            List<RowLayout.Item> items,
            Function<RowLayout.Packed, List<V>> forward) {
        return new Scorer(layout.groups(items, budget.tokens()))
                .score(items, parts -> policy.sideBySide(parts, part -> forward.apply(layout.pack(part))));
    }

    /**
     * Scores rows.
     *
     * @param forwards takes all forwards, each of some rows, and finds a value of each row
     * @return the values in the rows' order
     */
    public <R, V> List<V> score(List<R> rows, Function<List<List<R>>, List<List<V>>> forwards) {
        return inOrder(forwards.apply(parts(rows)));
    }

    /** The rows of each forward. */
    public <R> List<List<R>> parts(List<R> rows) {
        return groups.stream()
                .map(group -> Arrays.stream(group).mapToObj(rows::get).toList())
                .toList();
    }

    /** Puts what was found of each forward's rows into the rows' order. */
    @SuppressWarnings("unchecked")
    public <V> List<V> inOrder(List<List<V>> found) {
        Object[] values =
                new Object[groups.stream().mapToInt(group -> group.length).sum()];
        for (int part = 0; part < groups.size(); part++) {
            int[] group = groups.get(part);
            List<V> own = found.get(part);
            IntStream.range(0, group.length).forEach(i -> values[group[i]] = own.get(i));
        }
        return (List<V>) List.of(values);
    }
}
