package org.align4j.ppo.loss;

import java.util.Arrays;

/**
 * Mean and variance of numbers, over all rows together.
 *
 * @param mean their mean
 * @param variance their unbiased variance (divided by one less than their number); 0 for a single number
 */
public record Moments(double mean, double variance) {
    private static final double WHITENING_EPSILON = 1e-8;

    /** The moments of all numbers. */
    public static Moments of(double[]... rows) {
        long count = Arrays.stream(rows).mapToLong(row -> row.length).sum();
        double mean = Arrays.stream(rows).flatMapToDouble(Arrays::stream).sum() / count;
        double squares = Arrays.stream(rows)
                .flatMapToDouble(Arrays::stream)
                .map(x -> (x - mean) * (x - mean))
                .sum();
        return new Moments(mean, count == 1 ? 0 : squares / (count - 1));
    }

    /** The standard deviation. */
    public double deviation() {
        return Math.sqrt(variance);
    }

    /** All rows brought to mean 0 and variance 1. */
    public static double[][] whiten(double[][] rows) {
        Moments moments = of(rows);
        return whiten(rows, moments, 0);
    }

    /** All rows brought to variance 1, their mean kept. */
    public static double[][] whitenKeepingMean(double[][] rows) {
        Moments moments = of(rows);
        return whiten(rows, moments, moments.mean());
    }

    private static double[][] whiten(double[][] rows, Moments moments, double newMean) {
        double scale = 1 / Math.sqrt(moments.variance() + WHITENING_EPSILON);
        return Arrays.stream(rows)
                .map(row -> Arrays.stream(row)
                        .map(x -> (x - moments.mean()) * scale + newMean)
                        .toArray())
                .toArray(double[][]::new);
    }
}
