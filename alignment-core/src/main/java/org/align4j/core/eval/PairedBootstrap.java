package org.align4j.core.eval;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Is the second of two measurements of the same rows larger? A percentile bootstrap of the mean difference (Efron
 * 1979) that draws whole clusters, so that several pairs of one prompt don't count as independent evidence.
 *
 * @param resamples how many times to draw, 2,000 is usual
 * @param seed the same seed gives the same interval
 * @param confidence level of the interval, such as 0.95
 */
public record PairedBootstrap(int resamples, long seed, double confidence) {
    public PairedBootstrap {
        if (resamples < 1) {
            throw new IllegalArgumentException("resamples is " + resamples + " but must be positive; 2000 is usual.");
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("confidence is " + confidence + " but must lie between 0 and 1.");
        }
    }

    /**
     * What the bootstrap found.
     *
     * @param mean mean of after − before over the rows
     * @param interval percentile interval of that mean
     * @param positiveFraction share of the resamples in which the mean was above 0
     */
    public record Difference(double mean, Interval interval, double positiveFraction) {
        /** Whether the interval leaves 0 out. */
        public boolean clear() {
            return !interval.contains(0);
        }
    }

    /**
     * The difference of two measurements of the same rows.
     *
     * @param before one value per row
     * @param after the other value of the same row
     * @param clusters which rows belong together, any numbers (the prompt's, usually)
     */
    public Difference difference(double[] before, double[] after, int[] clusters) {
        if (before.length != after.length || before.length != clusters.length || before.length == 0) {
            throw new IllegalArgumentException("A paired bootstrap needs as many values before (" + before.length
                    + ") as after (" + after.length + ") and clusters (" + clusters.length + "), and at least one.");
        }
        Clusters sums = Clusters.of(before, after, clusters);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        double[] means = new double[resamples];
        int positive = 0;
        for (int r = 0; r < resamples; r++) {
            means[r] = sums.resampledMean(random);
            positive += means[r] > 0 ? 1 : 0;
        }
        Arrays.sort(means);
        double tail = (1 - confidence) / 2;
        Interval interval = new Interval(quantile(means, tail), quantile(means, 1 - tail), confidence);
        return new Difference(sums.mean(), interval, (double) positive / resamples);
    }

    private static double quantile(double[] sorted, double q) {
        double at = q * (sorted.length - 1);
        int below = (int) Math.floor(at);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** Per cluster, the summed difference and the number of rows. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Clusters(double[] sums, int[] rows) {
        static Clusters of(double[] before, double[] after, int[] clusters) {
            Map<Integer, Integer> index = new HashMap<>();
            for (int cluster : clusters) {
                index.putIfAbsent(cluster, index.size());
            }
            double[] sums = new double[index.size()];
            int[] rows = new int[index.size()];
            for (int i = 0; i < before.length; i++) {
                int at = index.getOrDefault(clusters[i], 0);
                sums[at] += after[i] - before[i];
                rows[at]++;
            }
            return new Clusters(sums, rows);
        }

        double mean() {
            return Arrays.stream(sums).sum() / Arrays.stream(rows).sum();
        }

        double resampledMean(RandomGenerator random) {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < sums.length; i++) {
                int drawn = random.nextInt(sums.length);
                sum += sums[drawn];
                count += rows[drawn];
            }
            return sum / count;
        }
    }
}
