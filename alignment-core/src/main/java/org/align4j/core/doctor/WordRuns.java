package org.align4j.core.doctor;

import java.util.Arrays;
import org.align4j.core.doctor.log.NormalText;

/** The words of a text as hashes, and runs of some in a row; words are letters and digits alone. */
final class WordRuns {
    private final long[] words;

    WordRuns(String normal) {
        this.words = words(normal);
    }

    /** How many runs of {@code length} words there are. */
    int count(int length) {
        return Math.max(0, words.length - length + 1);
    }

    /** The hash of the {@code length} words from {@code start} on. */
    long run(int start, int length) {
        long hash = length;
        for (int i = start; i < start + length; i++) {
            hash = NormalText.hash(hash, words[i]);
        }
        return hash;
    }

    /** The hashes of all runs of {@code length} words. */
    long[] runs(int length) {
        long[] runs = new long[count(length)];
        Arrays.setAll(runs, start -> run(start, length));
        return runs;
    }

    private static long[] words(String normal) {
        long[] words = new long[normal.length() / 2 + 1];
        int count = 0;
        long hash = 0;
        for (int i = 0; i <= normal.length(); i++) {
            if (i < normal.length() && Character.isLetterOrDigit(normal.charAt(i))) {
                hash = hash * 0x100000001B3L + normal.charAt(i) + 1;
            } else if (hash != 0) {
                words[count++] = hash;
                hash = 0;
            }
        }
        return Arrays.copyOf(words, count);
    }
}
