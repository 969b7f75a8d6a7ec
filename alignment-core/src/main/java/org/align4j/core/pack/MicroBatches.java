package org.align4j.core.pack;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Splits the trees of a batch into forwards of at most so many tokens: largest first, each into the fullest group that still
 * has room. The result depends on the trees alone.
 */
public final class MicroBatches {
    private MicroBatches() {}

    /**
     * Groups the trees of a batch.
     *
     * @param trees the batch
     * @param tokenBudget tokens in one forward; a larger tree gets a forward of its own
     * @return indices into {@code trees}, each group ascending, groups by their first index
     */
    public static List<int[]> plan(List<TokenTree> trees, int tokenBudget) {
        List<Integer> order = IntStream.range(0, trees.size())
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> -trees.get(i).size())
                        .thenComparing(i -> i))
                .toList();
        List<List<Integer>> groups = new ArrayList<>();
        List<Integer> filled = new ArrayList<>();
        for (int index : order) {
            int size = trees.get(index).size();
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
        return groups.stream()
                .map(group ->
                        group.stream().sorted().mapToInt(Integer::intValue).toArray())
                .sorted(Comparator.comparingInt(group -> group[0]))
                .toList();
    }
}
