package org.align4j.core.eval;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * The mean of rows of which some belong together, such as the pairs of one prompt: its intervals count each cluster once. Where clusters
 * differ in size the mean is a ratio of sums, and a cluster's deviation is n − 1 times what the mean loses without it (jackknife, Tukey
 * 1958), so that one that holds nearly all rows says little.
 *
 * <p>{@code docs/bench/Coverage.java} says how often the intervals miss the true mean on either side, against those of other methods.
 *
 * @param mean over the rows
 * @param deviation of the clusters, the root of their mean squared deviation
 * @param skewness of the clusters, their mean cubed deviation over the deviation's cube; 0 where all are alike
 * @param clusters how many there are
 */
public record ClusteredMean(double mean, double deviation, double skewness, int clusters) {
    /** A share of the mean below which a deviation is rounding. */
    private static final double ROUNDING = 1e-12;

    /** Skewness below which the transformation is its limit to all digits. */
    private static final double EVEN = 1e-5;

    /**
     * Measures the mean of some rows.
     *
     * @param values one per row, at least one
     * @param clusters which rows belong together, any numbers (the prompt's, usually)
     */
    public static ClusteredMean of(double[] values, int[] clusters) {
        if (values.length == 0 || values.length != clusters.length) {
            throw new IllegalArgumentException("A mean over clusters needs as many values (" + values.length
                    + ") as numbers of clusters (" + clusters.length + "), and at least one.");
        }
        Map<Integer, Integer> index = new HashMap<>();
        for (int cluster : clusters) {
            index.putIfAbsent(cluster, index.size());
        }
        double[] sums = new double[index.size()];
        int[] rows = new int[index.size()];
        for (int i = 0; i < values.length; i++) {
            int at = index.getOrDefault(clusters[i], 0);
            sums[at] += values[i];
            rows[at]++;
        }
        return ofSums(sums, rows);
    }

    /**
     * Measures the mean of rows whose clusters are added up already.
     *
     * @param sums one per cluster, over its rows
     * @param rows how many each cluster has, at least one
     */
    public static ClusteredMean ofSums(double[] sums, int[] rows) {
        int clusters = sums.length;
        int all = Arrays.stream(rows).sum();
        double mean = Arrays.stream(sums).sum() / all;
        double squares = 0;
        double cubes = 0;
        for (int i = 0; i < clusters; i++) {
            double off = clusters == 1 ? 0 : (sums[i] - mean * rows[i]) * (clusters - 1) / (all - rows[i]);
            squares += off * off;
            cubes += off * off * off;
        }
        double deviation = Math.sqrt(squares / clusters);
        return deviation <= ROUNDING * Math.abs(mean)
                ? new ClusteredMean(mean, 0, 0, clusters)
                : new ClusteredMean(mean, deviation, cubes / clusters / Math.pow(deviation, 3), clusters);
    }

    /** Returns whether all clusters have the same mean. */
    public boolean isConstant() {
        return deviation == 0;
    }

    /**
     * Estimates the interval of the mean by Hall's (1992) transformation of the t statistic, which takes out what skewed values do to it:
     * {@code U + gU²/3 + g²U³/27 + g/6n} is nearly normal, where U is the mean's error in deviations, g the skewness and n the number of
     * clusters. Its bounds are solved for the mean with Student's quantile in place of the normal one. Nothing is drawn.
     *
     * @param confidence such as 0.95
     * @return unbounded where there is one cluster; the mean alone where all clusters are alike
     */
    public Interval interval(double confidence) {
        if (clusters == 1) {
            return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, confidence);
        }
        double reach = quantile(confidence) / Math.sqrt(clusters - 1.0);
        return new Interval(
                mean - deviation * untransformed(reach), mean - deviation * untransformed(-reach), confidence);
    }

    /** Returns the error U, in deviations, whose transformation has a value. */
    private double untransformed(double value) {
        double centred = value - skewness / (6 * clusters);
        return Math.abs(skewness) < EVEN ? centred : 3 / skewness * (Math.cbrt(1 + skewness * centred) - 1);
    }

    /**
     * Estimates the interval of the mean of values in [0, 1], such as wins and ties: Wilson's (1927), of as many independent wins and
     * losses as would vary like these clusters. Where all clusters are alike it is Wilson's over the clusters, since a mean of values in
     * [0, 1] varies at most as much as one of wins and losses does.
     *
     * @param confidence such as 0.95
     */
    public Interval shareInterval(double confidence) {
        double share = Math.max(0, Math.min(1, mean));
        if (isConstant()) {
            return Proportion.wilson(share, clusters, confidence);
        }
        double trials = share * (1 - share) * (clusters - 1) / (deviation * deviation);
        return Proportion.wilson(share, trials, quantile(confidence), confidence);
    }

    /** Student's quantile for two sides. */
    private double quantile(double confidence) {
        // No generator: nothing is drawn from it.
        return new TDistribution(null, clusters - 1.0).inverseCumulativeProbability((1 + confidence) / 2);
    }
}
