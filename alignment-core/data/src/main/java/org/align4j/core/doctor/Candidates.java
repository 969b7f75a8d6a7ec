package org.align4j.core.doctor;

import com.google.common.primitives.ImmutableIntArray;
import java.util.Arrays;
import java.util.BitSet;
import org.align4j.core.doctor.Shingles.MinHash;
import org.jspecify.annotations.Nullable;

/**
 * Finds, for each row, the earlier rows that are likeliest to be alike: those that agree with it in the most bands, of the first and
 * of the last before it in each band. How many there are is bounded, however many rows are made from one template.
 */
final class Candidates {
    /** The earlier rows that a row is compared with at most. */
    static final int MOST = 8;

    private static final int NONE = -1;

    private ImmutableIntArray.@Nullable Builder bands = ImmutableIntArray.builder();
    private final ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();
    private ImmutableIntArray rows = ImmutableIntArray.of();
    private int[] likeliest = new int[0];

    /** Adds a row, whose number is above those before it. */
    void add(int row, int[] ofRow) {
        if (bands == null) {
            throw new IllegalStateException("the candidates were settled");
        }
        numbers.add(row);
        bands.addAll(ofRow);
    }

    /** Finds the candidates of every row; no row is added after it. */
    void settle() {
        if (bands != null) {
            rows = numbers.build();
            likeliest = likeliest(rows.length(), bands.build());
            bands = null;
        }
    }

    /** Returns the numbers of the rows that others are compared with. */
    BitSet earlier() {
        BitSet earlier = new BitSet();
        for (int place : likeliest) {
            if (place != NONE) {
                earlier.set(rows.get(place));
            }
        }
        return earlier;
    }

    /** Returns the numbers of the rows that have a candidate. */
    BitSet later() {
        BitSet later = new BitSet();
        for (int place = 0; place < rows.length(); place++) {
            if (likeliest[place * MOST] != NONE) {
                later.set(rows.get(place));
            }
        }
        return later;
    }

    /** Returns the numbers of a row's candidates, in ascending order. */
    int[] of(int row) {
        int low = 0;
        int high = rows.length();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (rows.get(middle) < row) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == rows.length() || rows.get(low) != row
                ? new int[0]
                : Arrays.stream(likeliest, low * MOST, (low + 1) * MOST)
                        .filter(place -> place != NONE)
                        .map(rows::get)
                        .sorted()
                        .toArray();
    }

    /** Lists the candidates of each place, the likeliest first, {@link #MOST} of them or {@link #NONE} in their stead. */
    private static int[] likeliest(int rows, ImmutableIntArray hashes) {
        int[] likeliest = new int[Math.multiplyExact(rows, MOST)];
        Arrays.fill(likeliest, NONE);
        byte[] agreements = new byte[likeliest.length];
        long[] sorted = new long[rows];
        for (int band = 0; band < MinHash.BANDS; band++) {
            for (int i = 0; i < rows; i++) {
                sorted[i] = pair(hashes.get(i * MinHash.BANDS + band), i);
            }
            Arrays.sort(sorted);
            int first = 0;
            for (int i = 1; i < rows; i++) {
                if (sorted[i] >> 32 != sorted[i - 1] >> 32) {
                    first = i;
                    continue;
                }
                offer(likeliest, agreements, hashes, (int) sorted[i], (int) sorted[first]);
                offer(likeliest, agreements, hashes, (int) sorted[i], (int) sorted[i - 1]);
            }
        }
        return likeliest;
    }

    private static void offer(int[] likeliest, byte[] agreements, ImmutableIntArray hashes, int place, int other) {
        if (!isThere(likeliest, place * MOST, other)) {
            insert(likeliest, agreements, place * MOST, agreement(hashes, place, other), other);
        }
    }

    private static boolean isThere(int[] likeliest, int start, int other) {
        for (int slot = start; slot < start + MOST; slot++) {
            if (likeliest[slot] == other) {
                return true;
            }
        }
        return false;
    }

    /** Puts a candidate where it belongs, before those that agree in fewer bands, or in as many and come later. */
    private static void insert(int[] likeliest, byte[] agreements, int start, byte agreement, int other) {
        int end = start + MOST;
        int slot = start;
        while (slot < end && before(agreements[slot], likeliest[slot], agreement, other)) {
            slot++;
        }
        if (slot < end) {
            System.arraycopy(likeliest, slot, likeliest, slot + 1, end - slot - 1);
            System.arraycopy(agreements, slot, agreements, slot + 1, end - slot - 1);
            likeliest[slot] = other;
            agreements[slot] = agreement;
        }
    }

    /** The candidates of one row, offered in any order. */
    static final class OfRow {
        private final int[] likeliest = new int[MOST];
        private final byte[] agreements = new byte[MOST];

        OfRow() {
            Arrays.fill(likeliest, NONE);
        }

        /** Offers an earlier row. */
        void offer(int other, byte agreement) {
            if (!isThere(likeliest, 0, other)) {
                insert(likeliest, agreements, 0, agreement, other);
            }
        }

        /** Returns the numbers of the likeliest, in ascending order. */
        int[] ascending() {
            return Arrays.stream(likeliest)
                    .filter(other -> other != NONE)
                    .sorted()
                    .toArray();
        }
    }

    /** Counts the bands in which two rows agree. */
    static byte agreement(int[] one, int[] other) {
        byte agreement = 0;
        for (int band = 0; band < MinHash.BANDS; band++) {
            if (one[band] == other[band]) {
                agreement++;
            }
        }
        return agreement;
    }

    private static boolean before(byte agreementThere, int there, byte agreement, int other) {
        return there != NONE && (agreementThere > agreement || (agreementThere == agreement && there < other));
    }

    private static byte agreement(ImmutableIntArray hashes, int one, int other) {
        byte agreement = 0;
        for (int band = 0; band < MinHash.BANDS; band++) {
            if (hashes.get(one * MinHash.BANDS + band) == hashes.get(other * MinHash.BANDS + band)) {
                agreement++;
            }
        }
        return agreement;
    }

    static long pair(int upper, int lower) {
        return ((long) upper << 32) | Integer.toUnsignedLong(lower);
    }
}
