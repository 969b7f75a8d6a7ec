package org.align4j.core.data.split;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.WrittenNumbers;

/**
 * The prompts of a data set, numbered in the order in which they appear, and which of them are near an earlier one. {@link
 * PromptShingles#bands} proposes two prompts, their Jaccard similarity decides; the texts are read again for that, some of them
 * at a time, so that the memory holds hashes only.
 */
final class NearPrompts {
    static final double SIMILARITY = 0.8;

    /** How many runs of characters are held for comparison at a time. */
    private static final int HELD = 20_000_000;

    private final Map<Long, Integer> numbers = new HashMap<>();
    private final Map<Integer, List<Integer>> earlier = new HashMap<>();
    private final int held;

    private NearPrompts(int held) {
        this.held = held;
    }

    /** Finds the near prompts of all rows. */
    static NearPrompts find(RowStream rows) {
        return find(rows, HELD);
    }

    /** @param held how many runs of characters are held at a time; the result is the same for any number */
    static NearPrompts find(RowStream rows, int held) {
        NearPrompts prompts = new NearPrompts(held);
        ImmutableIntArray.Builder bands = ImmutableIntArray.builder();
        ImmutableIntArray.Builder sizes = ImmutableIntArray.builder();
        rows.prompts((origin, fields, prompt) -> {
            if (prompts.numbers.putIfAbsent(RowKeys.hash(0, prompt), prompts.numbers.size()) == null) {
                int[] shingles = PromptShingles.of(prompt);
                bands.addAll(PromptShingles.bands(shingles));
                sizes.add(shingles.length);
            }
        });
        prompts.verify(rows, candidates(bands.build()), sizes.build());
        return prompts;
    }

    /** Returns the number of a prompt by its hash without a seed. */
    int number(String prompt) {
        return numbers.getOrDefault(RowKeys.hash(0, prompt), -1);
    }

    /** Returns the earlier prompts that one is near, in ascending order. */
    List<Integer> nearTo(int number) {
        return earlier.getOrDefault(number, List.of());
    }

    /** Pairs each prompt with the first and the last before it that agrees in a band; the earlier number in the upper half. */
    private static long[] candidates(ImmutableIntArray bands) {
        int count = bands.length() / PromptShingles.BANDS;
        long[] pairs = new long[0];
        for (int band = 0; band < PromptShingles.BANDS; band++) {
            long[] sorted = new long[count];
            for (int i = 0; i < count; i++) {
                sorted[i] = pair(bands.get(i * PromptShingles.BANDS + band), i);
            }
            Arrays.sort(sorted);
            long[] found = new long[2 * count];
            int size = 0;
            int first = 0;
            for (int i = 1; i < count; i++) {
                if (sorted[i] >> 32 != sorted[i - 1] >> 32) {
                    first = i;
                    continue;
                }
                found[size++] = pair((int) sorted[i - 1], (int) sorted[i]);
                if (first < i - 1) {
                    found[size++] = pair((int) sorted[first], (int) sorted[i]);
                }
            }
            int known = pairs.length;
            pairs = Arrays.copyOf(pairs, known + size);
            System.arraycopy(found, 0, pairs, known, size);
            pairs = Arrays.stream(pairs).sorted().distinct().toArray();
        }
        return pairs;
    }

    private static long pair(int upper, int lower) {
        return (long) upper << 32 | Integer.toUnsignedLong(lower);
    }

    /** Compares candidates, a run of earlier prompts at a time. */
    private void verify(RowStream rows, long[] pairs, ImmutableIntArray sizes) {
        int from = 0;
        while (from < pairs.length) {
            int to = from;
            int last = -1;
            long size = 0;
            BitSet heldPrompts = new BitSet();
            while (to < pairs.length) {
                int number = (int) (pairs[to] >> 32);
                if (number != last) {
                    size += sizes.get(number);
                    if (size > held && !heldPrompts.isEmpty()) {
                        break;
                    }
                    heldPrompts.set(number);
                    last = number;
                }
                to++;
            }
            compare(rows, heldPrompts, Arrays.copyOfRange(pairs, from, to));
            from = to;
        }
        earlier.values().forEach(list -> list.sort(null));
    }

    private void compare(RowStream rows, BitSet heldPrompts, long[] pairs) {
        long[] byLater = Arrays.stream(pairs)
                .map(pair -> pair((int) pair, (int) (pair >> 32)))
                .sorted()
                .toArray();
        Map<Integer, int[]> shingles = new HashMap<>();
        int[] next = {0, 0};
        rows.prompts((origin, fields, prompt) -> {
            int number = number(prompt);
            if (number != next[1]) {
                return; // seen before
            }
            next[1]++;
            boolean compared = next[0] < byLater.length && byLater[next[0]] >> 32 == number;
            if (!compared && !heldPrompts.get(number)) {
                return;
            }
            int[] own = PromptShingles.of(prompt);
            for (; next[0] < byLater.length && byLater[next[0]] >> 32 == number; next[0]++) {
                int other = (int) byLater[next[0]];
                int[] theirs = shingles.get(other);
                if (theirs != null && PromptShingles.jaccard(own, theirs) >= SIMILARITY) {
                    earlier.computeIfAbsent(number, unseen -> new ArrayList<>()).add(other);
                }
            }
            if (heldPrompts.get(number)) {
                shingles.put(number, own);
            }
        });
    }

    /** The set of a prompt's runs of five characters, as sorted hashes; and what of it lets near prompts be found. */
    private static final class PromptShingles {
        /** How many chances two near prompts have to be compared. */
        static final int BANDS = 16;

        private static final int ROWS = 5;
        private static final int LENGTH = 5;

        private PromptShingles() {}

        /** Returns the hashes of all runs, each once, in ascending order. */
        static int[] of(String prompt) {
            int runs = Math.max(1, prompt.length() - LENGTH + 1);
            int[] hashes = new int[runs];
            int part = 0x1F83D9AB ^ WrittenNumbers.hash(prompt); // other numbers are another prompt
            for (int i = 0; i < runs; i++) {
                int hash = part;
                for (int j = i; j < Math.min(i + LENGTH, prompt.length()); j++) {
                    hash = hash * 0x01000193 ^ prompt.charAt(j);
                }
                hash = (hash ^ (hash >>> 15)) * 0x85EBCA6B;
                hashes[i] = hash ^ (hash >>> 13);
            }
            return Arrays.stream(hashes).sorted().distinct().toArray();
        }

        /**
         * Hashes a set for each band, so that two sets of Jaccard similarity s agree in one of the bands with probability
         * 1 − (1 − s⁵)¹⁶ (Broder 1997): 0.998 at 0.8.
         */
        static int[] bands(int[] shingles) {
            int[] bands = new int[BANDS];
            for (int band = 0; band < BANDS; band++) {
                int joined = band;
                for (int row = 0; row < ROWS; row++) {
                    joined = Integer.rotateLeft((joined ^ least(shingles, band * ROWS + row)) * 0x9E3779B1, 13);
                }
                bands[band] = joined;
            }
            return bands;
        }

        /** Returns the least value of a set under one of the permutations. */
        private static int least(int[] shingles, int permutation) {
            int factor = (permutation * 0x9E3779B1 ^ 0x7F4A7C15) | 1;
            int shift = permutation * 0xC2B2AE35 + 0x27D4EB2F;
            int least = Integer.MAX_VALUE;
            for (int shingle : shingles) {
                int mixed = (shingle ^ shift) * factor;
                least = Math.min(least, mixed ^ (mixed >>> 15));
            }
            return least;
        }

        /** Returns what two sets share over what either has. */
        static double jaccard(int[] one, int[] other) {
            int shared = 0;
            for (int i = 0, j = 0; i < one.length && j < other.length; ) {
                if (one[i] == other[j]) {
                    shared++;
                    i++;
                    j++;
                } else if (one[i] < other[j]) {
                    i++;
                } else {
                    j++;
                }
            }
            return (double) shared / (one.length + other.length - shared);
        }
    }
}
