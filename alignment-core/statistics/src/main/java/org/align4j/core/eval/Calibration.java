package org.align4j.core.eval;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.univariate.BrentOptimizer;
import org.apache.commons.math3.optim.univariate.SearchInterval;
import org.apache.commons.math3.optim.univariate.UnivariateObjectiveFunction;

/**
 * Does a preference model know how sure it may be? From margins m (β·log-ratio difference, or score difference) whose
 * sign says which answer it prefers and σ(|m|) how sure it is of that; a pair is right where m &gt; 0 (ties are wrong).
 *
 * @param bins reliability by confidence, from 0.5 to 1, empty ones left out
 * @param expectedError expected calibration error: mean over the pairs of |confidence − accuracy| of their bin (Guo et
 *     al. 2017)
 * @param brier mean of (1 − σ(m))²
 * @param temperature T that minimises the mean of −ln σ(m / T): above 1 the model is too sure of itself
 */
public record Calibration(List<Bin> bins, double expectedError, double brier, double temperature) {
    /** The fit's bounds: a model that is right in every pair would have temperature 0. */
    private static final double LARGEST_LOG_TEMPERATURE = Math.log(1000);

    public Calibration {
        bins = List.copyOf(bins);
    }

    /**
     * The pairs of like confidence.
     *
     * @param from lower bound of the confidence
     * @param to upper bound
     * @param pairs how many pairs, at least one
     * @param meanConfidence mean of σ(|m|) over them
     * @param accuracy share of them that was right
     */
    public record Bin(double from, double to, int pairs, double meanConfidence, double accuracy) {}

    /**
     * Computes the calibration of a model's margins.
     *
     * @param margins one per pair, finite
     * @param binCount bins between confidence 0.5 and 1, 10 is usual
     */
    public static Calibration of(double[] margins, int binCount) {
        if (margins.length == 0 || binCount < 1) {
            throw new IllegalArgumentException("Calibration of " + margins.length + " margins in " + binCount
                    + " bins has no value; it needs one of each.");
        }
        List<Bin> bins = reliability(margins, binCount);
        double expectedError = 0;
        for (Bin bin : bins) {
            expectedError += bin.pairs() * Math.abs(bin.meanConfidence() - bin.accuracy()) / margins.length;
        }
        double brier = 0;
        for (double margin : margins) {
            double wrong = sigmoid(-margin);
            brier += wrong * wrong / margins.length;
        }
        return new Calibration(bins, expectedError, brier, temperature(margins));
    }

    private static List<Bin> reliability(double[] margins, int binCount) {
        int[] pairs = new int[binCount];
        int[] right = new int[binCount];
        double[] confidence = new double[binCount];
        for (double margin : margins) {
            if (!Double.isFinite(margin)) {
                throw new IllegalArgumentException("A margin is " + margin + " but must be finite to be calibrated.");
            }
            double sure = sigmoid(Math.abs(margin));
            int bin = Math.min(binCount - 1, (int) ((sure - 0.5) * 2 * binCount));
            pairs[bin]++;
            right[bin] += margin > 0 ? 1 : 0;
            confidence[bin] += sure;
        }
        List<Bin> bins = new ArrayList<>();
        for (int b = 0; b < binCount; b++) {
            if (pairs[b] > 0) {
                double from = 0.5 + 0.5 * b / binCount;
                double to = 0.5 + 0.5 * (b + 1) / binCount;
                bins.add(new Bin(from, to, pairs[b], confidence[b] / pairs[b], (double) right[b] / pairs[b]));
            }
        }
        return bins;
    }

    private static double temperature(double[] margins) {
        UnivariateFunction loss = logTemperature -> meanLoss(margins, Math.exp(-logTemperature));
        double best = new BrentOptimizer(1e-10, 1e-10)
                .optimize(
                        new MaxEval(500),
                        new UnivariateObjectiveFunction(loss),
                        GoalType.MINIMIZE,
                        new SearchInterval(-LARGEST_LOG_TEMPERATURE, LARGEST_LOG_TEMPERATURE, 0))
                .getPoint();
        return Math.exp(best);
    }

    private static double meanLoss(double[] margins, double inverseTemperature) {
        double sum = 0;
        for (double margin : margins) {
            double x = -margin * inverseTemperature;
            sum += Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))); // −ln σ(−x)
        }
        return sum / margins.length;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
