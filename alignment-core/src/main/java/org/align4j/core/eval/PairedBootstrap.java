package org.align4j.core.eval;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

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
        new ClusterBootstrap(resamples, seed, confidence);
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
        ClusterBootstrap bootstrap = new ClusterBootstrap(resamples, seed, confidence);
        double[][] means = bootstrap.draws(sums.rows().length, drawn -> new double[] {sums.mean(drawn)});
        long positive = Arrays.stream(means).filter(mean -> mean[0] > 0).count();
        return new Difference(sums.mean(), bootstrap.interval(means, 0), (double) positive / resamples);
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

        double mean(int[] drawn) {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < sums.length; i++) {
                sum += drawn[i] * sums[i];
                count += drawn[i] * rows[i];
            }
            return sum / count;
        }
    }
}
