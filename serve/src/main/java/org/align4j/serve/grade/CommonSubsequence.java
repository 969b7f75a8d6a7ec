package org.align4j.serve.grade;

import java.util.HashMap;
import java.util.Map;

/** The length of the longest common subsequence, 64 places at a time (Hyyrö 2004). */
final class CommonSubsequence {
    private CommonSubsequence() {}

    /** Where a symbol stands: as bits where it stands often, as places where it is rare. */
    @SuppressWarnings("ArrayRecordComponent") // scratch, never compared
    private record Places(long[] bits, int[] places) {}

    static int length(int[] one, int[] other) {
        int words = (one.length + 63) / 64;
        Map<Integer, Places> places = places(one, words);
        long[] unmatched = new long[words];
        java.util.Arrays.fill(unmatched, -1L);
        for (int symbol : other) {
            Places found = places.get(symbol);
            if (found != null) {
                step(unmatched, found);
            }
        }
        int length = 0;
        for (int place = 0; place < one.length; place++) {
            length += (unmatched[place >> 6] >>> (place & 63) & 1) == 0 ? 1 : 0;
        }
        return length;
    }

    private static Map<Integer, Places> places(int[] symbols, int words) {
        Map<Integer, int[]> counts = new HashMap<>();
        for (int symbol : symbols) {
            counts.computeIfAbsent(symbol, fresh -> new int[1])[0]++;
        }
        Map<Integer, Places> places = new HashMap<>();
        counts.forEach((symbol, count) -> places.put(
                symbol,
                count[0] > words
                        ? new Places(new long[words], new int[0])
                        : new Places(new long[0], new int[count[0]])));
        Map<Integer, int[]> filled = new HashMap<>();
        for (int place = 0; place < symbols.length; place++) {
            Places own = places.get(symbols[place]);
            if (own != null && own.bits.length > 0) {
                own.bits[place >> 6] |= 1L << (place & 63);
            } else if (own != null) {
                own.places[filled.computeIfAbsent(symbols[place], fresh -> new int[1])[0]++] = place;
            }
        }
        return places;
    }

    private static void step(long[] unmatched, Places found) {
        long carry = 0;
        int next = 0;
        for (int word = 0; word < unmatched.length; word++) {
            long mask = 0;
            if (found.bits.length > 0) {
                mask = found.bits[word];
            } else {
                while (next < found.places.length && found.places[next] >> 6 == word) {
                    mask |= 1L << (found.places[next++] & 63);
                }
            }
            long before = unmatched[word];
            long taken = before & mask;
            long sum = before + taken;
            long overflow = Long.compareUnsigned(sum, before) < 0 ? 1 : 0;
            long carried = sum + carry;
            overflow |= carry == 1 && carried == 0 ? 1 : 0;
            unmatched[word] = carried | (before & ~mask);
            carry = overflow;
        }
    }
}
