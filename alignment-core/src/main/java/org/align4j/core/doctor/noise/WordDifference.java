package org.align4j.core.doctor.noise;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * In which words the chosen answer differs from the rejected one: their counts hashed into buckets, the rejected answer's taken
 * from the chosen one's, of unit length.
 *
 * @param buckets those that differ, ascending
 * @param values by how much
 */
@SuppressWarnings("ArrayRecordComponent") // features on their way to the probe, never compared
record WordDifference(int[] buckets, float[] values) {
    /** How many buckets there are. */
    static final int BUCKETS = 1 << 15;

    /** Between two normal texts. */
    static WordDifference of(String chosen, String rejected) {
        Map<Integer, Integer> counts = new TreeMap<>();
        count(chosen, 1, counts);
        count(rejected, -1, counts);
        counts.values().removeIf(count -> count == 0);
        int[] buckets = new int[counts.size()];
        float[] values = new float[buckets.length];
        double norm = Math.sqrt(counts.values().stream()
                .mapToDouble(count -> (double) count * count)
                .sum());
        int place = 0;
        for (Map.Entry<Integer, Integer> entry : counts.entrySet()) {
            buckets[place] = entry.getKey();
            values[place++] = (float) (entry.getValue() / norm);
        }
        return new WordDifference(buckets, values);
    }

    private static void count(String text, int sign, Map<Integer, Integer> counts) {
        int word = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i < text.length() && Character.isLetterOrDigit(text.charAt(i))) {
                word = word * 31 + text.charAt(i) + 1;
            } else if (word != 0) {
                counts.merge(bucket(word), sign, Integer::sum);
                word = 0;
            }
        }
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

    @Override
    public String toString() {
        return Arrays.toString(buckets) + Arrays.toString(values);
    }
}
