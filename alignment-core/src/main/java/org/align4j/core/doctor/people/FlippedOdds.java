package org.align4j.core.doctor.people;

import java.util.Arrays;
import org.align4j.core.eval.Interval;
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.analysis.solvers.BrentSolver;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.univariate.BrentOptimizer;
import org.apache.commons.math3.optim.univariate.SearchInterval;
import org.apache.commons.math3.optim.univariate.UnivariateObjectiveFunction;
import org.apache.commons.math3.optim.univariate.UnivariatePointValuePair;

/**
 * Flipped labels told from the mistakes of a judge whose margins are log-odds up to a factor, as rewards of a Bradley-Terry model are: a
 * label agrees with a margin m with probability {@code ε + (1 − 2ε) / (1 + exp(−b m))}. Mistakes get rarer the surer the judge is, flips
 * don't, so that ε is where the share of labels against the judge levels off. ε and b are those of the greatest likelihood; the interval
 * holds each ε whose likelihood, with the best b for it, is not significantly smaller (Wilks, 1938).
 *
 * @param epsilon ε, the share of flipped labels, up to one half
 * @param scale b, the log-odds at a margin of 1
 * @param interval of ε, at 95 %
 */
record FlippedOdds(double epsilon, double scale, Interval interval) {
    private static final double CONFIDENCE = 0.95;

    /**
     * Fits both.
     *
     * @param margins how much the judge prefers the chosen answer of each row, not all zero
     */
    static FlippedOdds of(double[] margins) {
        double unit =
                Math.sqrt(Arrays.stream(margins).map(margin -> margin * margin).sum() / margins.length);
        double[] scaled = Arrays.stream(margins).map(margin -> margin / unit).toArray();
        FlippedOdds fitted = new Profile(scaled).fitted();
        return new FlippedOdds(fitted.epsilon, fitted.scale / unit, fitted.interval);
    }

    /** Returns the probability that the label of a row with this margin is flipped. */
    double flipped(double margin) {
        double other = 1 / (1 + Math.exp(scale * margin));
        return epsilon * other / (epsilon * other + (1 - epsilon) * (1 - other));
    }

    /**
     * The log-likelihood along ε, each with the best b for it. It may have two peaks, so that a grid is looked at before a search.
     *
     * @param margins whose mean square is 1
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Profile(double[] margins) {
        private static final int CELLS = 50;
        private static final double SMALLEST_LOG_SCALE = -4;
        private static final double LARGEST_LOG_SCALE = 5;
        private static final double STEP = 0.75;
        private static final int MOST_LOOKS = 200;

        FlippedOdds fitted() {
            double[] heights = new double[CELLS + 1];
            Arrays.setAll(heights, cell -> height(at(cell)));
            int top = 0;
            for (int cell = 1; cell <= CELLS; cell++) {
                top = heights[cell] > heights[top] ? cell : top;
            }
            UnivariatePointValuePair peak = highest(this::height, at(top - 1), at(top + 1));
            // A search doesn't look at the ends of its range.
            double epsilon = peak.getValue() > heights[top] ? peak.getPoint() : at(top);
            double least = Math.max(peak.getValue(), heights[top])
                    - new ChiSquaredDistribution(null, 1).inverseCumulativeProbability(CONFIDENCE) / 2;
            Interval interval =
                    new Interval(edge(heights, epsilon, least, 1), edge(heights, epsilon, least, -1), CONFIDENCE);
            return new FlippedOdds(epsilon, Math.exp(best(epsilon).getPoint()), interval);
        }

        private static double at(int cell) {
            return 0.5 * Math.max(0, Math.min(CELLS, cell)) / CELLS;
        }

        /** The outermost ε, towards a peak from one end, that is as high as is enough. */
        private double edge(double[] heights, double epsilon, double least, int step) {
            int cell = step > 0 ? 0 : CELLS;
            while (heights[cell] < least && (epsilon - at(cell + step)) * step > 0) {
                cell += step;
            }
            boolean enough = heights[cell] >= least;
            double inside = enough ? at(cell) : epsilon;
            double outside = enough ? at(cell - step) : at(cell);
            return inside == outside
                    ? inside
                    : new BrentSolver()
                            .solve(
                                    MOST_LOOKS,
                                    at -> height(at) - least,
                                    Math.min(inside, outside),
                                    Math.max(inside, outside));
        }

        private double height(double epsilon) {
            return best(epsilon).getValue();
        }

        /** The logarithm of the best b for an ε, with the log-likelihood. */
        private UnivariatePointValuePair best(double epsilon) {
            UnivariateFunction likelihood = log -> logLikelihood(epsilon, Math.exp(log));
            double best = SMALLEST_LOG_SCALE;
            double most = Double.NEGATIVE_INFINITY;
            for (double log = SMALLEST_LOG_SCALE; log <= LARGEST_LOG_SCALE; log += STEP) {
                double value = likelihood.value(log);
                best = value > most ? log : best;
                most = Math.max(most, value);
            }
            return highest(likelihood, best - STEP, best + STEP);
        }

        private static UnivariatePointValuePair highest(UnivariateFunction function, double low, double high) {
            return new BrentOptimizer(1e-6, 1e-7)
                    .optimize(
                            new UnivariateObjectiveFunction(function),
                            GoalType.MAXIMIZE,
                            new SearchInterval(low, high),
                            new MaxEval(MOST_LOOKS));
        }

        private double logLikelihood(double epsilon, double scale) {
            double sum = 0;
            for (double margin : margins) {
                sum += Math.log(epsilon + (1 - 2 * epsilon) / (1 + Math.exp(-scale * margin)));
            }
            return sum;
        }
    }
}
