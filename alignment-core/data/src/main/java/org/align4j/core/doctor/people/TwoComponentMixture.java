package org.align4j.core.doctor.people;

import java.io.Serializable;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.align4j.core.eval.Interval;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Distinguishes flipped labels from the mistakes of the probe itself. Were every chosen answer turned to the same side, the margins of a log
 * whose answers differ clearly would lie about μ with deviation σ; flips put some about −μ. The size of the margins alone shows
 * how far apart the two clusters are, whatever the labels say: the kurtosis of a symmetric mixture is
 * {@code 3 − 2 (μ² / (μ² + σ²))²}. The probe is then wrong of itself with w = Φ(−μ/σ), labels go against it with d = ε + (1 − 2ε) w,
 * and so ε = (d − w) / (1 − 2w).
 *
 * @param against d, the share of rows whose label goes against the probe
 * @param wrong w
 * @param scale the log-odds of the two clusters at a margin of 1: 2μ / σ²
 */
record TwoComponentMixture(double against, double wrong, double scale) implements Serializable {
    /** The two clusters lie apart where the probe is wrong of itself no more often than this. */
    static final double APART = 0.15;
    /** By how many standard errors labels may go against the probe less often than ε where it is surest. */
    static final double INCONSISTENT = 1.5;
    /** The surest of the rows. */
    static final double SUREST = 0.3;
    /** Labels that go against the probe so often have nothing to do with what it sees. */
    static final double UNRELATED = 0.45;

    private static final int RESAMPLES = 200;
    private static final double GAUSSIAN = 3;
    /** Where σ is as good as zero. */
    private static final double MOST = 1 - 1e-6;

    /**
     * Estimates the two components of the mixture from the margins.
     *
     * @param margins how much the probe prefers the chosen answer of each row, not all zero
     */
    static TwoComponentMixture of(MarginSums margins) {
        MarginSums.Group all = margins.all();
        return of((double) all.rows(), (double) all.negative(), all.squares(), all.fourths());
    }

    private static TwoComponentMixture of(double rows, double against, double squares, double fourths) {
        double square = squares / rows;
        double kurtosis = fourths / rows / (square * square);
        double between = kurtosis < GAUSSIAN ? Math.min(MOST, Math.sqrt((GAUSSIAN - kurtosis) / 2)) : 0;
        double distance = Math.sqrt(between / (1 - between));
        double wrong = new NormalDistribution(null, 0, 1).cumulativeProbability(-distance);
        return new TwoComponentMixture(against / rows, wrong, 2 * distance / Math.sqrt(square * (1 - between)));
    }

    /** ε, between 0 and one half. */
    double epsilon() {
        return wrong >= 0.5 ? 0.5 : Math.max(0, Math.min(0.5, (against - wrong) / (1 - 2 * wrong)));
    }

    /**
     * Whether ε can be estimated: the clusters lie apart, and labels go against the probe as often as ε says even where it is surest.
     * Where they do so less often, its margins have a meaning that two clusters miss.
     */
    boolean identifiable(MarginSums margins) {
        return wrong <= APART && epsilon() < UNRELATED && belowWhereSurest(margins) < INCONSISTENT;
    }

    private double belowWhereSurest(MarginSums margins) {
        long[] surest = margins.largest(SUREST);
        double rows = surest[0];
        double epsilon = epsilon();
        double error = Math.sqrt(epsilon * (1 - epsilon) / rows);
        return error == 0 ? 0 : (epsilon - surest[1] / rows) / error;
    }

    /** The probability that the label of a row with this margin is flipped. */
    double flipped(double margin) {
        double other = 1 / (1 + StrictMath.exp(scale * margin));
        double epsilon = epsilon();
        return epsilon * other / (epsilon * other + (1 - epsilon) * (1 - other));
    }

    /** 95 % of ε over a hundred groups of rows drawn with replacement. */
    static Interval interval(MarginSums margins, long seed) {
        double[][] sums = new double[MarginSums.GROUPS][];
        Arrays.setAll(sums, i -> {
            MarginSums.Group group = margins.group(i);
            return new double[] {group.rows(), group.negative(), group.squares(), group.fourths()};
        });
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            double[] drawn = new double[4];
            for (int g = 0; g < MarginSums.GROUPS; g++) {
                double[] group = sums[random.nextInt(MarginSums.GROUPS)];
                Arrays.setAll(drawn, sum -> drawn[sum] + group[sum]);
            }
            values[i] = of(drawn[0], drawn[1], drawn[2], drawn[3]).epsilon();
        }
        Arrays.sort(values);
        return new Interval(values[(int) (0.025 * RESAMPLES)], values[(int) (0.975 * RESAMPLES)], 0.95);
    }
}
