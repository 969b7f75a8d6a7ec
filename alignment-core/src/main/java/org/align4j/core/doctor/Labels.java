package org.align4j.core.doctor;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.align4j.core.doctor.log.NormalText;
import org.jspecify.annotations.Nullable;

/**
 * A word for each answer of a pair (its first, the model that wrote it), and what the words tell of the order: the log-odds that a
 * word is the chosen one's, learned from every other pair and tried on the rest, so that a rare word cannot speak for itself.
 */
final class Labels {
    private static final double SMOOTHING = 2;
    private static final long NONE = 0;

    private final ImmutableLongArray.Builder chosen = ImmutableLongArray.builder();
    private final ImmutableLongArray.Builder rejected = ImmutableLongArray.builder();
    private final BitSet known = new BitSet();
    private int pairs;

    /** The hashes of the words of a pair's answers. */
    record Words(long chosen, long rejected) {
        static Words of(String ofChosen, String ofRejected) {
            return new Words(NormalText.hash(ofChosen), NormalText.hash(ofRejected));
        }
    }

    /** Adds a pair; without words it keeps its place and counts for nothing. */
    void add(@Nullable Words words) {
        chosen.add(words == null ? NONE : words.chosen());
        rejected.add(words == null ? NONE : words.rejected());
        known.set(pairs++, words != null);
    }

    /**
     * Learns from some of the pairs how well the words tell their order.
     *
     * @param places which pairs, by the order in which they were added
     * @param rows the row numbers of all pairs, by their places
     */
    PairedAuc auc(ImmutableIntArray places, ImmutableIntArray rows) {
        ImmutableLongArray better = chosen.build();
        ImmutableLongArray worse = rejected.build();
        int[] told = places.stream().filter(known::get).toArray();
        PairedAuc auc = new PairedAuc();
        for (int half = 0; half < 2; half++) {
            Map<Long, int[]> counts = new HashMap<>();
            for (int i = 1 - half; i < told.length; i += 2) {
                counts.computeIfAbsent(better.get(told[i]), any -> new int[2])[0]++;
                counts.computeIfAbsent(worse.get(told[i]), any -> new int[2])[1]++;
            }
            for (int i = half; i < told.length; i += 2) {
                auc.add(rows.get(told[i]), odds(counts, better.get(told[i])), odds(counts, worse.get(told[i])));
            }
        }
        return auc;
    }

    private static double odds(Map<Long, int[]> counts, long word) {
        int[] count = counts.get(word);
        return count == null || word == NONE ? 0 : Math.log((count[0] + SMOOTHING) / (count[1] + SMOOTHING));
    }
}
