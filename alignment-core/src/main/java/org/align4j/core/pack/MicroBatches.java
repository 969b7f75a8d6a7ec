package org.align4j.core.pack;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Splits the items of a batch (pairs, texts) into forwards of at most so many tokens: as few as there can be but an even number, so
 * that two threads have equal work, largest item first, then levelled, so that the forwards are about equally full. What takes up to
 * half of the tokens allowed is one forward. The result depends on the sizes alone.
 */
public final class MicroBatches {
    private MicroBatches() {}

    /**
     * Groups the items of a batch.
     *
     * @param sizes {@code [items]} tokens that each item of the batch takes
     * @param tokenBudget tokens in one forward; a larger item gets a forward of its own
     * @return indices of items, each group ascending, groups by their first index
     */
    public static List<int[]> plan(int[] sizes, int tokenBudget) {
        List<List<Integer>> groups = packed(sizes, tokenBudget);
        if (groups.size() > 1 || total(sizes) > tokenBudget / 2) {
            groups = levelled(sizes, tokenBudget, groups);
        }
        return groups.stream()
                .map(group ->
                        group.stream().sorted().mapToInt(Integer::intValue).toArray())
                .sorted(Comparator.comparingInt(group -> group[0]))
                .toList();
    }

    private static long total(int[] sizes) {
        return Arrays.stream(sizes).asLongStream().sum();
    }

    /** Levels groups: as many, or one more to make them even, under the lowest budget that allows it. */
    private static List<List<Integer>> levelled(int[] sizes, int tokenBudget, List<List<Integer>> groups) {
        List<List<Integer>> best = groups;
        int count = groups.size() + groups.size() % 2;
        int largest = Arrays.stream(sizes).max().orElse(0);
        int low = (int) Math.max(largest, (total(sizes) + count - 1) / count);
        int high = tokenBudget;
        while (low < high) {
            int middle = (low + high) >>> 1;
            List<List<Integer>> tried = packed(sizes, middle);
            if (tried.size() <= count) {
                best = tried;
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return best;
    }

    /** Largest first, each into the fullest group that still has room. */
    private static List<List<Integer>> packed(int[] sizes, int tokenBudget) {
        List<Integer> order = IntStream.range(0, sizes.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> -sizes[i]).thenComparing(i -> i))
                .toList();
        List<List<Integer>> groups = new ArrayList<>();
        List<Integer> filled = new ArrayList<>();
        for (int index : order) {
            int size = sizes[index];
            int best = -1;
            for (int g = 0; g < groups.size(); g++) {
                if (filled.get(g) + size <= tokenBudget && (best < 0 || filled.get(g) > filled.get(best))) {
                    best = g;
                }
            }
            if (best < 0) {
                groups.add(new ArrayList<>(List.of(index)));
                filled.add(size);
            } else {
                groups.get(best).add(index);
                filled.set(best, filled.get(best) + size);
            }
        }
        return groups;
    }
}
