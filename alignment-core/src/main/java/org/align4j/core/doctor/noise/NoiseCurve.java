package org.align4j.core.doctor.noise;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.align4j.core.eval.Interval;

/**
 * How often labels go against a probe, by how sure it is. A probe of a clean log with margin m is wrong with probability σ(−a|m|);
 * a share ε of flipped labels makes that {@code ε + (1 − 2ε) σ(−a|m|)}, which levels off at ε where the probe is sure. ε and a are
 * those of the largest likelihood. Where even the surest margins don't level off, ε can't be told from the probe's own mistakes.
 *
 * @param epsilon the share of flipped labels
 * @param scale a
 */
record NoiseCurve(double epsilon, double scale) {
    private static final int BINS = 100;
    private static final int RESAMPLES = 200;
    private static final int HALVINGS = 24;
    /** From how many rows on a count is drawn as its normal approximation. */
    private static final int MANY = 100;
    private static final double WIDEST = 64;
    private static final double NARROWEST = 1.0 / 64;

    /**
     * Margins in bins of equal counts, by how sure they are.
     *
     * @param sure the mean of |m| in a bin
     * @param rows how many rows it has
     * @param against in how many of them the label goes against the probe
     */
    @SuppressWarnings("ArrayRecordComponent") // counts on their way, never compared
    record Bins(double[] sure, double[] rows, double[] against) {
        static Bins of(double[] margins) {
            double[][] sorted = Arrays.stream(margins)
                    .mapToObj(margin -> new double[] {Math.abs(margin), margin < 0 ? 1 : 0})
                    .sorted((a, b) -> Double.compare(a[0], b[0]))
                    .toArray(double[][]::new);
            int count = Math.min(BINS, sorted.length);
            Bins bins = new Bins(new double[count], new double[count], new double[count]);
            for (int i = 0; i < sorted.length; i++) {
                int bin = (int) ((long) i * count / sorted.length);
                bins.sure[bin] += sorted[i][0];
                bins.rows[bin]++;
                bins.against[bin] += sorted[i][1];
            }
            for (int bin = 0; bin < count; bin++) {
                bins.sure[bin] /= bins.rows[bin];
            }
            return bins;
        }

        /** The same bins with rows drawn anew: in each the count of the other label follows its rate. */
        Bins resampled(SplittableRandom random) {
            double[] drawn = new double[against.length];
            for (int bin = 0; bin < drawn.length; bin++) {
                drawn[bin] = draw(rows[bin], against[bin] / rows[bin], random);
            }
            return new Bins(sure, rows, drawn);
        }
    }

    /** The curve of the largest likelihood: the best ε for each of many scales, and the best of these. */
    static NoiseCurve fit(Bins bins) {
        NoiseCurve best = new NoiseCurve(0, 1);
        double most = Double.NEGATIVE_INFINITY;
        double typical = Math.max(1e-9, bins.sure[bins.sure.length / 2]);
        for (double scale = NARROWEST; scale <= WIDEST; scale *= Math.pow(2, 0.25)) {
            NoiseCurve curve = new NoiseCurve(0, scale / typical);
            double[] wrong = Arrays.stream(bins.sure).map(curve::wrong).toArray();
            double epsilon = bestEpsilon(bins, wrong);
            double likelihood = logLikelihood(bins, wrong, epsilon);
            if (likelihood > most) {
                most = likelihood;
                best = new NoiseCurve(epsilon, curve.scale);
            }
        }
        return best;
    }

    /** Halves the interval in which the derivative of the concave log-likelihood by ε changes its sign. */
    private static double bestEpsilon(Bins bins, double[] wrong) {
        double low = 0;
        double high = 0.5;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (slope(bins, wrong, middle) > 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    private static double slope(Bins bins, double[] wrong, double epsilon) {
        double sum = 0;
        for (int bin = 0; bin < wrong.length; bin++) {
            double p = clamp(epsilon + (1 - 2 * epsilon) * wrong[bin]);
            sum += (bins.against[bin] / p - (bins.rows[bin] - bins.against[bin]) / (1 - p)) * (1 - 2 * wrong[bin]);
        }
        return sum;
    }

    private static double logLikelihood(Bins bins, double[] wrong, double epsilon) {
        double sum = 0;
        for (int bin = 0; bin < wrong.length; bin++) {
            double p = clamp(epsilon + (1 - 2 * epsilon) * wrong[bin]);
            sum += bins.against[bin] * Math.log(p) + (bins.rows[bin] - bins.against[bin]) * Math.log(1 - p);
        }
        return sum;
    }

    /** How many of {@code count} rows have what each has with probability {@code rate}. */
    private static double draw(double count, double rate, SplittableRandom random) {
        if (count > MANY) {
            double drawn = count * rate + random.nextGaussian() * Math.sqrt(count * rate * (1 - rate));
            return Math.max(0, Math.min(count, Math.rint(drawn)));
        }
        double drawn = 0;
        for (int i = 0; i < count; i++) {
            drawn += random.nextDouble() < rate ? 1 : 0;
        }
        return drawn;
    }

    private static double clamp(double p) {
        return Math.min(1 - 1e-9, Math.max(1e-9, p));
    }

    /** How often the probe is wrong of itself at a margin of this size. */
    double wrong(double sure) {
        return 1 / (1 + Math.exp(scale * sure));
    }

    /** The probability that the label of a row with this margin is flipped. */
    double flipped(double margin) {
        double wrong = wrong(Math.abs(margin));
        double against = margin < 0 ? 1 - wrong : wrong;
        return epsilon * against / (epsilon * against + (1 - epsilon) * (1 - against));
    }

    /** 95 % of ε over labels drawn anew. */
    static Interval interval(Bins bins, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[RESAMPLES];
        Arrays.setAll(values, i -> fit(bins.resampled(random)).epsilon);
        Arrays.sort(values);
        return new Interval(values[(int) (0.025 * RESAMPLES)], values[(int) (0.975 * RESAMPLES)], 0.95);
    }
}
