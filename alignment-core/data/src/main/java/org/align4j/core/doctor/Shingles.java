package org.align4j.core.doctor;

import java.util.Arrays;
import org.align4j.core.data.WrittenNumbers;
import org.align4j.core.doctor.log.NormalText.Texts;

/**
 * The set of all runs of five characters of some texts, as sorted hashes of 32 bits. A run of the prompt is another one than the
 * same run of an answer, so that swapped answers are not alike. A run of a prompt that stands alone is another one where the prompt's numbers
 * are others, so that "20 plus 76" and "20 plus 70" are not alike; where there are answers, they tell prompts apart.
 */
record Shingles(int[] hashes) {
    private static final int LENGTH = 5;
    private static final int PROMPT = 0x1F83D9AB;
    private static final int CHOSEN = 0x5BE0CD19;
    private static final int REJECTED = 0x3C6EF372;

    /** The shingles of a row's normal texts, unsorted and some of them several times, which {@link MinHash} doesn't mind. */
    static Shingles raw(Texts normal) {
        return new Shingles(all(normal));
    }

    /** The shingles of one normal text, like {@link #raw(Texts)}. */
    static Shingles raw(String normal) {
        int[] all = new int[size(normal)];
        add(normal, alone(normal), all, 0);
        return new Shingles(all);
    }

    private static int[] all(Texts normal) {
        int[] all = new int[size(normal.prompt()) + size(normal.chosen()) + size(normal.rejected())];
        int end = add(normal.prompt(), promptPart(normal), all, 0);
        end = add(normal.chosen(), CHOSEN, all, end);
        add(normal.rejected(), REJECTED, all, end);
        return all;
    }

    /** What the runs of a prompt that stands alone begin with. */
    private static int alone(String prompt) {
        return PROMPT ^ WrittenNumbers.hash(prompt);
    }

    /** What the runs of a row's prompt begin with. */
    static int promptPart(Texts normal) {
        boolean answered = !normal.chosen().isEmpty() || !normal.rejected().isEmpty();
        return answered ? PROMPT : alone(normal.prompt());
    }

    /** The hashes of one normal text's shingles, unsorted and some of them several times. */
    static int[] hashes(String normal, int part) {
        int[] all = new int[size(normal)];
        add(normal, part, all, 0);
        return all;
    }

    /** The shingles of one normal text. */
    static Shingles of(String normal) {
        return distinct(raw(normal).hashes);
    }

    private static Shingles distinct(int[] all) {
        Arrays.sort(all);
        int count = 0;
        for (int i = 0; i < all.length; i++) {
            if (i == 0 || all[i] != all[i - 1]) {
                all[count++] = all[i];
            }
        }
        return new Shingles(Arrays.copyOf(all, count));
    }

    /** A text that is shorter than a run is one run. */
    private static int size(String text) {
        return text.isEmpty() ? 0 : Math.max(1, text.length() - LENGTH + 1);
    }

    private static int add(String text, int part, int[] all, int start) {
        int runs = size(text);
        char[] chars = text.toCharArray();
        int length = Math.min(LENGTH, chars.length);
        for (int i = 0; i < runs; i++) {
            int hash = part;
            for (int j = i; j < i + length; j++) {
                hash = hash * 0x01000193 ^ chars[j];
            }
            hash ^= hash >>> 15;
            hash *= 0x85EBCA6B;
            all[start + i] = hash ^ (hash >>> 13);
        }
        return start + runs;
    }

    /** Counts the shingles. */
    int size() {
        return hashes.length;
    }

    /** Returns one shingle's hash. */
    int get(int place) {
        return hashes[place];
    }

    /** What two sets share over what either has; 0 where both are empty. */
    double jaccard(Shingles other) {
        int shared = 0;
        int i = 0;
        int j = 0;
        while (i < hashes.length && j < other.hashes.length) {
            if (hashes[i] == other.hashes[j]) {
                shared++;
                i++;
                j++;
            } else if (hashes[i] < other.hashes[j]) {
                i++;
            } else {
                j++;
            }
        }
        int either = hashes.length + other.hashes.length - shared;
        return either == 0 ? 0 : (double) shared / either;
    }

    /**
     * Hashes a set so that two sets agree in a hash as often as their Jaccard similarity says (Broder 1997), joined into bands, in one
     * of which two similar sets agree almost surely: at similarity 0.85 in 997 of 1,000 cases, at 0.5 in 171. One permutation makes all
     * hashes: each is the least of its share of the permuted set (Li and others 2012), and an empty share takes that of another one
     * (Shrivastava and Li 2014).
     */
    static final class MinHash {
        /** The number of bands of hashes; two sets are compared if they agree in one of them. */
        static final int BANDS = 12;

        private static final int ROWS = 6;
        private static final int SHARES = BANDS * ROWS;

        private MinHash() {}

        /** Computes one hash for each band of a MinHash signature. */
        static int[] bands(Shingles shingles) {
            int[] least = new int[SHARES];
            Arrays.fill(least, Integer.MAX_VALUE);
            for (int s = 0; s < shingles.size(); s++) {
                // The upper bits choose the share, the lower ones are the value.
                int hash = shingles.get(s) * 0x9E3779B1;
                int share = (int) ((Integer.toUnsignedLong(hash) * SHARES) >>> 32);
                int value = (hash * 0x85EBCA6B) >>> 1;
                if (value < least[share]) {
                    least[share] = value;
                }
            }
            return joined(shingles.size() == 0 ? least : filled(least));
        }

        /** Each empty share takes the hash of the next one that isn't, which how far it is makes another hash. */
        private static int[] filled(int[] least) {
            int[] filled = least.clone();
            for (int share = 0; share < SHARES; share++) {
                int steps = 0;
                while (least[(share + steps) % SHARES] == Integer.MAX_VALUE) {
                    steps++;
                }
                filled[share] = least[(share + steps) % SHARES] + steps * 0x27D4EB2F;
            }
            return filled;
        }

        private static int[] joined(int[] hashes) {
            int[] bands = new int[BANDS];
            for (int band = 0; band < BANDS; band++) {
                int joined = band;
                for (int row = 0; row < ROWS; row++) {
                    joined = (joined ^ hashes[band * ROWS + row]) * 0x9E3779B1;
                    joined = Integer.rotateLeft(joined, 13);
                }
                bands[band] = joined;
            }
            return bands;
        }
    }
}
