package org.align4j.core.eval.group;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.align4j.core.eval.ClusteredMean;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;

/**
 * A mean over rows and seeds, both of them samples: of prompts that there could have been, and of runs that another seed would have made.
 *
 * <p>Its variance is estimated in two parts. That of seeds is the variance of the seeds' means over their number K, with K − 1 degrees of
 * freedom; it holds what is peculiar to a seed and a prompt too. That of prompts is the clustered variance of the seeds' average, less the
 * part of it that the other one holds already, with P − 1 degrees of freedom. An interval reaches {@code √(t²(K−1)·V(seeds) +
 * t²(P−1)·V(prompts))} to each side: each part has the quantile of its own degrees of freedom, so that few seeds make it wide however many
 * rows there are.
 *
 * @param mean over rows and seeds
 * @param seedVariance of the mean, 0 with one seed: then nothing is known of other seeds
 * @param promptVariance of the mean, 0 with one prompt: then nothing is known of other prompts
 * @param seeds K
 * @param prompts P
 */
public record SeededMean(double mean, double seedVariance, double promptVariance, int seeds, int prompts) {
    /** A share of the squared mean below which a variance is rounding. */
    private static final double ROUNDING = 1e-24;

    /**
     * Measures a mean.
     *
     * @param sums {@code [K][P]} over the rows of a prompt
     * @param rows {@code [P]}
     */
    static SeededMean of(double[][] sums, int[] rows) {
        int seeds = sums.length;
        int prompts = rows.length;
        double all = Arrays.stream(rows).sum();
        double[] means = Arrays.stream(sums)
                .mapToDouble(run -> Arrays.stream(run).sum() / all)
                .toArray();
        double mean = Arrays.stream(means).average().orElse(Double.NaN);
        double bySeed = seeds < 2
                ? 0
                : Arrays.stream(means)
                                .map(each -> (each - mean) * (each - mean))
                                .sum()
                        / (seeds - 1.0)
                        / seeds;
        double[] average = IntStream.range(0, prompts)
                .mapToDouble(prompt ->
                        Arrays.stream(sums).mapToDouble(run -> run[prompt]).sum() / seeds)
                .toArray();
        double byPrompt = Math.max(0, variance(average, rows) - rest(sums, means, average, rows));
        double rounding = ROUNDING * mean * mean;
        return new SeededMean(mean, bySeed < rounding ? 0 : bySeed, byPrompt < rounding ? 0 : byPrompt, seeds, prompts);
    }

    /** The variance of the mean that is left when the means of seeds and prompts are taken off: what is peculiar to a seed and a prompt. */
    private static double rest(double[][] sums, double[] means, double[] average, int[] rows) {
        int seeds = sums.length;
        if (seeds < 2) {
            return 0;
        }
        double mean = Arrays.stream(means).average().orElse(0);
        double variances = 0;
        for (int run = 0; run < seeds; run++) {
            double[] left = new double[rows.length];
            for (int prompt = 0; prompt < rows.length; prompt++) {
                left[prompt] = sums[run][prompt] - average[prompt] - (means[run] - mean) * rows[prompt];
            }
            variances += variance(left, rows);
        }
        return variances / seeds / (seeds - 1.0);
    }

    private static double variance(double[] sums, int[] rows) {
        ClusteredMean mean = ClusteredMean.ofSums(sums, rows);
        return mean.clusters() < 2 ? 0 : mean.deviation() * mean.deviation() / (mean.clusters() - 1.0);
    }

    /** Whether there is more than one seed, so that something is known of others. */
    public boolean isOfSeeds() {
        return seeds > 1;
    }

    /** Whether neither seeds nor prompts vary, so that nothing can be said beyond what was measured. */
    public boolean isSingle() {
        return seeds < 2 && prompts < 2;
    }

    /**
     * Returns how far an interval reaches to each side of the mean.
     *
     * @param tails the probability outside it, both sides together
     */
    public double reach(double tails) {
        if (isSingle()) {
            return Double.POSITIVE_INFINITY;
        }
        double bySeed = seeds < 2 ? 0 : StudentTails.of(seeds - 1).quantile(tails);
        double byPrompt = prompts < 2 ? 0 : StudentTails.of(prompts - 1).quantile(tails);
        return Math.sqrt(bySeed * bySeed * seedVariance + byPrompt * byPrompt * promptVariance);
    }

    /** Returns the interval of a confidence such as 0.95; unbounded where there is one seed and one prompt. */
    public Interval interval(double confidence) {
        double reach = reach(1 - confidence);
        return new Interval(mean - reach, mean + reach, confidence);
    }

    /**
     * Returns the interval of a mean that is a share, by Wilson's (1927) score: of as many independent rows as would vary as this mean does, with
     * the quantiles of seeds and prompts in place of the normal one. It stays between 0 and 1. Where nothing varies it is Wilson's over the prompts.
     *
     * @param confidence such as 0.95
     */
    public Interval shareInterval(double confidence) {
        if (isSingle()) {
            return new Interval(0, 1, confidence);
        }
        double share = Math.max(0, Math.min(1, mean));
        double reach = reach(1 - confidence);
        double spread = share * (1 - share);
        return reach == 0 || spread == 0
                ? Proportion.wilson(share, prompts, confidence)
                : Proportion.wilsonOfReach(share, reach * reach / spread, confidence);
    }

    /** Returns the smallest probability outside an interval that still leaves 0 out: the two-sided p of the mean against 0. */
    public double p() {
        if (isSingle() || mean == 0 || !Double.isFinite(mean)) {
            return 1;
        }
        double low = Math.log(StudentTails.LEAST);
        double high = 0;
        for (int halving = 0; halving < 50 && high - low > 1e-7; halving++) {
            double middle = (low + high) / 2;
            if (reach(Math.exp(middle)) > Math.abs(mean)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.exp(high);
    }
}
