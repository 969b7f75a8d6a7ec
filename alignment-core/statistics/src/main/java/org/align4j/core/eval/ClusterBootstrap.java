package org.align4j.core.eval;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A percentile bootstrap (Efron 1979) that draws whole clusters with replacement, so that several rows of one prompt don't
 * count as independent evidence.
 *
 * @param resamples how many times to draw, 2,000 is usual
 * @param seed equal seeds give equal draws
 * @param confidence level of the interval, such as 0.95
 */
public record ClusterBootstrap(int resamples, long seed, double confidence) {
    public ClusterBootstrap {
        if (resamples < 1) {
            throw new IllegalArgumentException("resamples is " + resamples + " but must be positive; 2000 is usual.");
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("confidence is " + confidence + " but must lie between 0 and 1.");
        }
    }

    /**
     * Computes several statistics of each resample.
     *
     * @param clusters how many there are, at least one
     * @param statistics reads how often each cluster was drawn; the array is used again for the next resample
     * @return what it gave, one entry a resample
     */
    public double[][] draws(int clusters, Function<int[], double[]> statistics) {
        if (clusters < 1) {
            throw new IllegalArgumentException("A bootstrap of " + clusters + " clusters has no value; it needs one.");
        }
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        double[][] values = new double[resamples][];
        int[] drawn = new int[clusters];
        for (int r = 0; r < resamples; r++) {
            Arrays.fill(drawn, 0);
            for (int i = 0; i < clusters; i++) {
                drawn[random.nextInt(clusters)]++;
            }
            values[r] = statistics.apply(drawn);
        }
        return values;
    }

    /**
     * Estimates the interval of a statistic.
     *
     * @param clusters how many there are, at least one
     * @param statistic reads how often each cluster was drawn
     */
    public Interval interval(int clusters, ToDoubleFunction<int[]> statistic) {
        return interval(draws(clusters, drawn -> new double[] {statistic.applyAsDouble(drawn)}), 0);
    }

    /**
     * Reads the interval of one of several statistics off their draws.
     *
     * @param draws from {@link #draws}
     * @param at which of the statistics; a resample in which it isn't a number is left out
     */
    public Interval interval(double[][] draws, int at) {
        double[] values = Arrays.stream(draws)
                .mapToDouble(draw -> draw[at])
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (values.length == 0) {
            throw new IllegalArgumentException("No resample gives a number, so the statistic has no interval.");
        }
        double tail = (1 - confidence) / 2;
        return new Interval(quantile(values, tail), quantile(values, 1 - tail), confidence);
    }

    private static double quantile(double[] sorted, double q) {
        double at = q * (sorted.length - 1);
        int below = (int) Math.floor(at);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
