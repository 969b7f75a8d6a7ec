package org.align4j.core.eval;

import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/**
 * A count of successes among trials, such as the pairs whose chosen answer is likelier.
 *
 * @param successes trials that succeeded
 * @param trials all trials, at least one
 */
public record Proportion(int successes, int trials) {
    public Proportion {
        if (trials < 1) {
            throw new IllegalArgumentException("A proportion of " + trials + " trials has no value; it needs one.");
        }
        if (successes < 0 || successes > trials) {
            throw new IllegalArgumentException(successes + " successes are impossible in " + trials
                    + " trials; they must lie between 0 and that.");
        }
    }

    /**
     * The pairs whose chosen side is strictly larger; a tie counts as wrong, so a model that says the same of both
     * sides is right in none of them.
     *
     * @param chosen a score, reward or sequence log-probability per pair
     * @param rejected the same of the other side
     */
    public static Proportion chosenAbove(double[] chosen, double[] rejected) {
        if (chosen.length != rejected.length) {
            throw new IllegalArgumentException(
                    chosen.length + " chosen values but " + rejected.length + " rejected ones; pairs need both.");
        }
        int right = 0;
        for (int i = 0; i < chosen.length; i++) {
            if (chosen[i] > rejected[i]) {
                right++;
            }
        }
        return new Proportion(right, chosen.length);
    }

    /**
     * The proportion behind a rate that a metrics line carries, as the nearest whole count.
     *
     * @param rate a fraction in [0, 1]
     * @param trials how many trials it is the rate of
     */
    public static Proportion ofRate(double rate, int trials) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("The rate is " + rate + " but must lie between 0 and 1.");
        }
        return new Proportion((int) Math.round(rate * trials), trials);
    }

    /** Returns successes divided by trials. */
    public double rate() {
        return (double) successes / trials;
    }

    /**
     * Wilson's score interval (Wilson 1927), which stays inside [0, 1] and is honest for few trials and extreme rates.
     *
     * @param confidence its level, such as 0.95
     */
    public Interval wilson(double confidence) {
        var interval = new WilsonScoreInterval().createInterval(trials, successes, confidence);
        return new Interval(Math.max(0, interval.getLowerBound()), Math.min(1, interval.getUpperBound()), confidence);
    }

    /**
     * Computes Wilson's score interval of a rate that needs no whole count behind it.
     *
     * @param rate a fraction in [0, 1]
     * @param trials how many independent trials it is the rate of, at least one
     * @param confidence its level, such as 0.95
     */
    public static Interval wilson(double rate, int trials, double confidence) {
        if (!(rate >= 0 && rate <= 1) || trials < 1) {
            throw new IllegalArgumentException(
                    "The rate is " + rate + " of " + trials + " trials but must lie between 0 and 1, of at least one.");
        }
        double z = new NormalDistribution(null, 0, 1).inverseCumulativeProbability((1 + confidence) / 2);
        return wilson(rate, trials, z, confidence);
    }

    /**
     * Computes Wilson's score interval of a rate.
     *
     * @param rate a fraction in [0, 1]
     * @param trials how many independent trials vary as much as it does, above 0, whole or not
     * @param z the quantile for two sides
     * @param confidence that z belongs to
     */
    static Interval wilson(double rate, double trials, double z, double confidence) {
        double shrink = 1 + z * z / trials;
        double middle = (rate + z * z / (2 * trials)) / shrink;
        double half = z / shrink * Math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials));
        return new Interval(Math.max(0, middle - half), Math.min(1, middle + half), confidence);
    }

    /**
     * Computes Wilson's score interval of a rate of which the plain interval's reach is known.
     *
     * @param rate a fraction in [0, 1]
     * @param squares the squared quantile over the number of trials: the plain interval's squared reach over {@code rate (1 − rate)}
     * @param confidence such as 0.95
     */
    public static Interval wilsonOfReach(double rate, double squares, double confidence) {
        double z = Math.sqrt(squares);
        return wilson(rate, 1, z, confidence);
    }
}
