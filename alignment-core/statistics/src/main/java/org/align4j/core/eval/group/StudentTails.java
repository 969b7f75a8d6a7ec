package org.align4j.core.eval.group;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * Two-sided quantiles of Student's t for one number of degrees of freedom, tabled: each exact one takes as long as a thousand of these. Between
 * two entries, of which there are a hundred a decade, the logarithm of the quantile is read as a straight line in that of the probability.
 */
final class StudentTails {
    /** The smallest probability that is told apart from 0. */
    static final double LEAST = 1e-15;

    private static final int PER_DECADE = 100;
    private static final int DECADES = 15;

    /** Above this a quantile is near 0, where the logarithm is no straight line: read as one in the probability itself. */
    private static final int LINEAR = PER_DECADE / 10;

    private static final Map<Integer, StudentTails> TABLES = new ConcurrentHashMap<>();

    private final double[] quantiles = new double[PER_DECADE * DECADES + 1];

    private StudentTails(int freedom) {
        TDistribution student = new TDistribution(null, freedom); // no generator: nothing is drawn
        for (int i = 1; i < quantiles.length; i++) {
            quantiles[i] = -student.inverseCumulativeProbability(tails(i) / 2);
        }
    }

    /** Returns the table of some degrees of freedom, at least 1. */
    static StudentTails of(int freedom) {
        return TABLES.computeIfAbsent(freedom, StudentTails::new);
    }

    private static double tails(int place) {
        return Math.pow(10, -(double) place / PER_DECADE);
    }

    /** Returns the value that Student's t exceeds in size with a probability, which is taken as {@link #LEAST} where it is less. */
    double quantile(double tails) {
        double at = Math.min(DECADES, -Math.log10(Math.max(LEAST, Math.min(1, tails)))) * PER_DECADE;
        int place = Math.min(quantiles.length - 2, (int) at);
        double low = quantiles[place];
        double high = quantiles[place + 1];
        if (place < LINEAR) {
            double part = (tails(place) - Math.min(1, tails)) / (tails(place) - tails(place + 1));
            return low + part * (high - low);
        }
        return low * Math.pow(high / low, at - place);
    }
}
