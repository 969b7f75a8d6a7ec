package org.align4j.core.data.split;

import java.util.Arrays;

/** The set of a prompt's runs of five characters, as sorted hashes; and what of it lets near prompts be found. */
final class PromptShingles {
    /** How many chances two near prompts have to be compared. */
    static final int BANDS = 16;

    private static final int ROWS = 5;
    private static final int LENGTH = 5;

    private PromptShingles() {}

    /** Returns the hashes of all runs, each once, in ascending order. */
    static int[] of(String prompt) {
        int runs = Math.max(1, prompt.length() - LENGTH + 1);
        int[] hashes = new int[runs];
        for (int i = 0; i < runs; i++) {
            int hash = 0x1F83D9AB;
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
