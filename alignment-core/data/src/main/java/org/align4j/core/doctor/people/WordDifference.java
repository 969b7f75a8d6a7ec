package org.align4j.core.doctor.people;

import java.io.Serializable;
import java.util.Arrays;

/**
 * In which words the chosen answer differs from the rejected one: their counts hashed into buckets, the rejected answer's taken
 * from the chosen one's, of unit length.
 *
 * @param buckets those that differ, ascending
 * @param values by how much
 */
@SuppressWarnings("ArrayRecordComponent") // features on their way to the probe, never compared
record WordDifference(int[] buckets, float[] values) implements Serializable {
    /** How many buckets there are. */
    static final int BUCKETS = 1 << 15;

    /** Counts how often words occur in the chosen text less how often in the rejected one. */
    static WordDifference of(String chosen, String rejected) {
        int[] better = words(chosen);
        int[] worse = words(rejected);
        int[] buckets = new int[better.length + worse.length];
        float[] counts = new float[buckets.length];
        int size = 0;
        int i = 0;
        int j = 0;
        double squares = 0;
        while (i < better.length || j < worse.length) {
            int bucket = j == worse.length || (i < better.length && better[i] < worse[j]) ? better[i] : worse[j];
            int count = 0;
            for (; i < better.length && better[i] == bucket; i++) {
                count++;
            }
            for (; j < worse.length && worse[j] == bucket; j++) {
                count--;
            }
            if (count != 0) {
                buckets[size] = bucket;
                counts[size++] = count;
                squares += (double) count * count;
            }
        }
        for (int k = 0; k < size; k++) {
            counts[k] /= (float) Math.sqrt(squares);
        }
        return new WordDifference(Arrays.copyOf(buckets, size), Arrays.copyOf(counts, size));
    }

    /** The buckets of a text's words, ascending, each as often as it occurs. */
    private static int[] words(String text) {
        char[] chars = text.toCharArray();
        int[] buckets = new int[chars.length / 2 + 1];
        int count = 0;
        int word = 0;
        for (int i = 0; i <= chars.length; i++) {
            if (i < chars.length && Character.isLetterOrDigit(chars[i])) {
                word = word * 31 + chars[i] + 1;
            } else if (word != 0) {
                buckets[count++] = bucket(word);
                word = 0;
            }
        }
        int[] words = Arrays.copyOf(buckets, count);
        Arrays.sort(words);
        return words;
    }

    private static int bucket(int word) {
        int hash = word * 0x9E3779B1;
        hash ^= hash >>> 15;
        hash *= 0xC2B2AE35;
        return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
    }

    boolean isEmpty() {
        return buckets.length == 0;
    }

    /** The sum of weights times values. */
    double dot(double[] weights) {
        double sum = 0;
        for (int i = 0; i < buckets.length; i++) {
            sum += weights[buckets[i]] * values[i];
        }
        return sum;
    }
}
