package org.align4j.ppo.loss;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens of some responses count, {@code [B][T]} each, 1 or 0.
 *
 * @param counted tokens that are in the loss at all, its averages and its KL term
 * @param acting tokens that advantages act on; others are held by the KL term alone
 */
@SuppressWarnings("ArrayRecordComponent") // on its way, never compared
public record TokenMasks(double[][] counted, double[][] acting) implements Serializable {
    /**
     * Returns the numbers of the tokens that are in the loss.
     *
     * @param rows {@code [B][T]}
     * @param masks null where all tokens are in the loss
     * @return {@code [B][≤ T]}
     */
    public static double[][] ofCounted(double[][] rows, @Nullable TokenMasks masks) {
        if (masks == null) {
            return rows;
        }
        double[][] left = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            double[] row = rows[i];
            double[] counts = masks.counted()[i];
            left[i] = IntStream.range(0, row.length)
                    .filter(t -> counts[t] > 0)
                    .mapToDouble(t -> row[t])
                    .toArray();
        }
        return left;
    }

    /** Counts the tokens that are in the loss. */
    public static long counted(double[][] masks) {
        return Math.round(Arrays.stream(Rows.flat(masks)).sum());
    }

    /**
     * Marks the tokens of the highest entropy (Wang et al. 2025): those at or above the quantile {@code 1 − share} of all tokens that
     * count, which is interpolated between two of them.
     *
     * @param entropies {@code [B][T]} nats
     * @param counted {@code [B][T]}; null where all do
     */
    public static double[][] highest(double[][] entropies, double @Nullable [][] counted, double share) {
        double[] all = Rows.flat(entropies);
        double[] counts = counted == null ? ones(all.length) : Rows.flat(counted);
        double[] own = new double[all.length];
        int some = 0;
        for (int i = 0; i < all.length; i++) {
            if (counts[i] > 0) {
                own[some++] = all[i];
            }
        }
        double threshold = quantile(Arrays.copyOf(own, some), 1 - share);
        double[] marks = new double[all.length];
        Arrays.setAll(marks, i -> counts[i] > 0 && all[i] >= threshold ? 1 : 0);
        return Rows.ragged(marks, Rows.lengths(entropies));
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static double quantile(double[] values, double share) {
        if (values.length == 0) {
            return 0;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double place = share * (sorted.length - 1);
        int low = (int) Math.floor(place);
        int high = Math.min(sorted.length - 1, low + 1);
        return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
    }
}
