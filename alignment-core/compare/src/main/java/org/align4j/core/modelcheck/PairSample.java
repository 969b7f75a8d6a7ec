package org.align4j.core.modelcheck;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.align4j.core.data.PairTokens;

/**
 * Pairs that a model can be asked about, or some of them: those whose row numbers have the smallest hashes, which are spread evenly, the
 * same each time, and stay when more are asked for.
 *
 * @param pairs by the number of their row
 */
record PairSample(SortedMap<Integer, PairTokens> pairs) {
    private static final long SEED = 20260101;

    /** All pairs that have a better answer and fit the model. */
    static PairSample of(SortedMap<Integer, PairTokens> pairs, int maxPositions) {
        return new PairSample(pairs.entrySet().stream()
                .filter(entry -> !entry.getValue().tie()
                        && !entry.getValue().sidesEqual()
                        && entry.getValue().longest() <= maxPositions)
                .collect(sorted()));
    }

    /** Returns at most so many pairs of the sample. */
    PairSample most(int count) {
        Stream<Map.Entry<Integer, PairTokens>> first = pairs.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> hash(entry.getKey())))
                .limit(count);
        return new PairSample(first.collect(sorted()));
    }

    PairSample without(Set<Integer> rows) {
        return new PairSample(pairs.entrySet().stream()
                .filter(entry -> !rows.contains(entry.getKey()))
                .collect(sorted()));
    }

    private static Collector<Map.Entry<Integer, PairTokens>, ?, TreeMap<Integer, PairTokens>> sorted() {
        return Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (one, other) -> one, TreeMap::new);
    }

    private static long hash(int row) {
        long mixed = (row + SEED) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 27);
    }

    int size() {
        return pairs.size();
    }
}
