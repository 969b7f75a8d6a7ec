package org.align4j.core.eval;

import java.util.Arrays;

/**
 * Is the second of two measurements of the same rows larger? The mean difference with its interval, in which several rows of one prompt
 * count once.
 *
 * @param mean mean of after − before over the rows
 * @param interval 95 % interval of that mean, by {@link ClusteredMean}
 */
public record PairedDifference(double mean, Interval interval) {
    private static final double CONFIDENCE = 0.95;

    /**
     * Measures the difference of two measurements of the same rows.
     *
     * @param before one value per row
     * @param after the other value of the same row
     * @param clusters which rows belong together, any numbers (the prompt's, usually)
     * @return with an unbounded interval where all rows belong together: they are one observation
     */
    public static PairedDifference of(double[] before, double[] after, int[] clusters) {
        ClusteredMean mean = changes(before, after, clusters);
        return new PairedDifference(mean.mean(), mean.interval(CONFIDENCE));
    }

    /**
     * Measures the difference of two shares of the same rows, values in [0, 1]. Where all prompts changed alike, perhaps not at all, up to a
     * share of other ones might have changed by anything: Wilson's upper bound of none in as many.
     *
     * @param before one value per row, such as 1 for right and 0 for wrong
     * @param after the other value of the same row
     * @param clusters which rows belong together
     */
    public static PairedDifference ofShares(double[] before, double[] after, int[] clusters) {
        ClusteredMean mean = changes(before, after, clusters);
        double change = mean.mean();
        if (mean.isConstant() || mean.clusters() == 1) {
            double others = Proportion.wilson(0, mean.clusters(), CONFIDENCE).high();
            return new PairedDifference(
                    change, new Interval(change - others * (1 + change), change + others * (1 - change), CONFIDENCE));
        }
        Interval found = mean.interval(CONFIDENCE);
        return new PairedDifference(
                change, new Interval(Math.max(-1, found.low()), Math.min(1, found.high()), CONFIDENCE));
    }

    private static ClusteredMean changes(double[] before, double[] after, int[] clusters) {
        if (before.length != after.length || before.length != clusters.length || before.length == 0) {
            throw new IllegalArgumentException("A paired difference needs as many values before (" + before.length
                    + ") as after (" + after.length + ") and clusters (" + clusters.length + "), and at least one.");
        }
        double[] changes = new double[before.length];
        Arrays.setAll(changes, i -> after[i] - before[i]);
        return ClusteredMean.of(changes, clusters);
    }

    /** Whether the interval leaves 0 out. */
    public boolean clear() {
        return !interval.contains(0);
    }
}
