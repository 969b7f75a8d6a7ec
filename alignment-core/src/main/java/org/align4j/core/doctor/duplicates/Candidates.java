package org.align4j.core.doctor.duplicates;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import org.align4j.core.doctor.finding.LongIntMap;

/** Finds pairs of rows that agree in a band. A row is paired with the first and with the last before it that agrees. */
final class Candidates {
    private final ImmutableIntArray.Builder bands = ImmutableIntArray.builder();
    private final ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();

    void add(int row, int[] ofRow) {
        numbers.add(row);
        bands.addAll(ofRow);
    }

    /** All pairs in ascending order, the earlier row in the upper half of each. */
    long[] pairs() {
        ImmutableIntArray row = numbers.build();
        ImmutableIntArray hash = bands.build();
        LongIntMap known = new LongIntMap();
        long[] pairs = new long[1 << 10];
        long[] sorted = new long[row.length()];
        for (int band = 0; band < MinHash.BANDS; band++) {
            for (int i = 0; i < sorted.length; i++) {
                sorted[i] = pair(hash.get(i * MinHash.BANDS + band), i);
            }
            Arrays.sort(sorted);
            int first = 0;
            for (int i = 1; i < sorted.length; i++) {
                if (sorted[i] >> 32 != sorted[i - 1] >> 32) {
                    first = i;
                    continue;
                }
                for (int other : new int[] {first, i - 1}) {
                    long pair = pair(row.get((int) sorted[other]), row.get((int) sorted[i]));
                    if (known.putIfAbsent(pair, 1) == LongIntMap.ABSENT) {
                        pairs = known.size() > pairs.length ? Arrays.copyOf(pairs, pairs.length * 2) : pairs;
                        pairs[known.size() - 1] = pair;
                    }
                }
            }
        }
        long[] all = Arrays.copyOf(pairs, known.size());
        Arrays.sort(all);
        return all;
    }

    static long pair(int upper, int lower) {
        return (long) upper << 32 | lower;
    }
}
