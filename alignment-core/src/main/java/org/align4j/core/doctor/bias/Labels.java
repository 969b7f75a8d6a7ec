package org.align4j.core.doctor.bias;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.HashMap;
import java.util.Map;

/**
 * A word for each answer of a pair (its first, the model that wrote it), and what the words tell of the order: the log-odds that a
 * word is the chosen one's, learned from every other pair and tried on the rest, so that a rare word cannot speak for itself.
 */
final class Labels {
    private static final double SMOOTHING = 2;
    private static final long NONE = 0;

    private final ImmutableLongArray.Builder chosen = ImmutableLongArray.builder();
    private final ImmutableLongArray.Builder rejected = ImmutableLongArray.builder();
    private final ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();
    private int pairs;

    /** Adds a pair with the hash of each answer's word. */
    void add(int row, long ofChosen, long ofRejected) {
        chosen.add(ofChosen);
        rejected.add(ofRejected);
        numbers.add(row);
        pairs++;
    }

    int pairs() {
        return pairs;
    }

    PairedAuc auc() {
        ImmutableLongArray better = chosen.build();
        ImmutableLongArray worse = rejected.build();
        ImmutableIntArray number = numbers.build();
        PairedAuc auc = new PairedAuc();
        for (int half = 0; half < 2; half++) {
            Map<Long, int[]> counts = new HashMap<>();
            for (int i = 1 - half; i < pairs; i += 2) {
                counts.computeIfAbsent(better.get(i), any -> new int[2])[0]++;
                counts.computeIfAbsent(worse.get(i), any -> new int[2])[1]++;
            }
            for (int i = half; i < pairs; i += 2) {
                auc.add(number.get(i), odds(counts, better.get(i)), odds(counts, worse.get(i)));
            }
        }
        return auc;
    }

    private static double odds(Map<Long, int[]> counts, long word) {
        int[] count = counts.get(word);
        return count == null || word == NONE ? 0 : Math.log((count[0] + SMOOTHING) / (count[1] + SMOOTHING));
    }
}
