package org.align4j.core.eval.win;

import java.util.Arrays;
import org.align4j.core.autodiff.Logistic;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;

/**
 * Fits a logistic model to targets in [0, 1] by Newton's method: it minimises {@code -Σ w (y ln p + (1 - y) ln(1 - p))} with
 * {@code p = σ(x·b)}, and a penalty on the coefficients b that keeps every fit finite.
 */
final class LogisticFit {
    private static final int MOST_STEPS = 200;
    private static final double SMALL_STEP = 1e-9;

    private final double penalty;

    /**
     * Makes a fit.
     *
     * @param penalty half of it times the squared coefficients is added to the loss; positive
     */
    LogisticFit(double penalty) {
        this.penalty = penalty;
    }

    /**
     * Finds the coefficients that make the targets likeliest.
     *
     * @param features one row an observation, each as long as the result
     * @param targets what the probability of each should be
     * @param weights how much each counts
     */
    double[] coefficients(double[][] features, double[] targets, double[] weights) {
        double[] current = new double[features[0].length];
        double[] candidate = current;
        double loss = Double.POSITIVE_INFINITY;
        for (int step = 0; step < MOST_STEPS; step++) {
            Surface at = new Surface(candidate, penalty);
            for (int i = 0; i < features.length; i++) {
                at.add(features[i], targets[i], weights[i]);
            }
            if (at.loss > loss + 1e-12 * Math.abs(loss)) {
                candidate = between(current, candidate); // it overshot
                continue;
            }
            loss = at.loss;
            current = candidate;
            double[] change = at.newtonStep();
            candidate = sum(current, change);
            if (Arrays.stream(change).map(Math::abs).max().orElse(0) < SMALL_STEP) {
                break;
            }
        }
        return candidate;
    }

    private static double[] between(double[] a, double[] b) {
        double[] middle = sum(a, b);
        for (int j = 0; j < middle.length; j++) {
            middle[j] /= 2;
        }
        return middle;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = a.clone();
        for (int j = 0; j < sum.length; j++) {
            sum[j] += b[j];
        }
        return sum;
    }

    /** Loss, gradient and curvature at some coefficients. */
    private static final class Surface {
        private final double[] at;
        private final double[] descent;
        private final double[][] curvature;
        private double loss;

        Surface(double[] at, double penalty) {
            this.at = at;
            this.descent = new double[at.length];
            this.curvature = new double[at.length][at.length];
            for (int j = 0; j < at.length; j++) {
                loss += penalty * at[j] * at[j] / 2;
                descent[j] = -penalty * at[j];
                curvature[j][j] = penalty;
            }
        }

        /** Features of 0 are passed over: most of a pair of many systems are. */
        void add(double[] features, double target, double weight) {
            if (weight == 0) {
                return;
            }
            double x = 0;
            for (int j = 0; j < at.length; j++) {
                x += features[j] * at[j];
            }
            double p = Logistic.sigmoid(x);
            loss -= weight * (Logistic.logSigmoid(x) - (1 - target) * x);
            for (int j = 0; j < at.length; j++) {
                if (features[j] != 0) {
                    descent[j] += weight * (target - p) * features[j];
                    for (int k = 0; k < at.length; k++) {
                        curvature[j][k] += weight * p * (1 - p) * features[j] * features[k];
                    }
                }
            }
        }

        double[] newtonStep() {
            return new LUDecomposition(new Array2DRowRealMatrix(curvature, false), 0)
                    .getSolver()
                    .solve(new ArrayRealVector(descent, false))
                    .toArray();
        }
    }
}
