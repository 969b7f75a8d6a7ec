package org.align4j.core.eval.win;

import java.util.Arrays;
import org.align4j.core.autodiff.Logistic;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;

/**
 * Fits a logistic model to targets in [0, 1] by Newton's method: it minimises {@code -Σ w (y ln p + (1 - y) ln(1 - p))} with
 * {@code p = σ(x·b)}, and a penalty on the coefficients b that keeps every fit finite.
 *
 * @param penalty half of it times the squared coefficients is added to the loss; positive
 */
record LogisticFit(double penalty) {
    private static final int MOST_STEPS = 200;
    private static final double SMALL_STEP = 1e-9;

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
            LogisticSurface at =
                    LogisticSurface.of(candidate, features, targets, weights).penalised(penalty);
            if (at.loss() > loss + 1e-12 * Math.abs(loss)) {
                candidate = between(current, candidate); // it overshot
                continue;
            }
            loss = at.loss();
            current = candidate;
            double[] change = at.newtonStep();
            candidate = sum(current, change);
            if (Arrays.stream(change).map(Math::abs).max().orElse(0) < SMALL_STEP) {
                break;
            }
        }
        return candidate;
    }

    /** Halves the way from one to the other. */
    static double[] between(double[] a, double[] b) {
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

    /** Loss, gradient and curvature of a logistic model at some coefficients. */
    static final class LogisticSurface {
        private final double[] at;
        private final double[] descent;
        private final double[][] curvature;
        private double loss;

        private LogisticSurface(double[] at) {
            this.at = at;
            this.descent = new double[at.length];
            this.curvature = new double[at.length][at.length];
        }

        /**
         * Sums the surface over observations: {@code -Σ w (y ln p + (1 - y) ln(1 - p))}.
         *
         * @param at the coefficients
         * @param features one row an observation
         * @param targets y, what the probability of each should be
         * @param weights w, how much each counts
         */
        static LogisticSurface of(double[] at, double[][] features, double[] targets, double[] weights) {
            LogisticSurface surface = new LogisticSurface(at);
            for (int i = 0; i < features.length; i++) {
                if (weights[i] != 0) {
                    surface.add(features[i], targets[i], weights[i]);
                }
            }
            return surface;
        }

        /** Features of 0 are passed over: most of a pair of many systems are. */
        private void add(double[] features, double target, double weight) {
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

        /** Adds half of the penalty times the squared coefficients. */
        LogisticSurface penalised(double penalty) {
            for (int j = 0; j < at.length; j++) {
                loss += penalty * at[j] * at[j] / 2;
                descent[j] -= penalty * at[j];
                curvature[j][j] += penalty;
            }
            return this;
        }

        double loss() {
            return loss;
        }

        /** Returns the negative gradient of the loss. */
        double[] descent() {
            return descent;
        }

        double[][] curvature() {
            return curvature;
        }

        double[] newtonStep() {
            return new LUDecomposition(new Array2DRowRealMatrix(curvature, false), 0)
                    .getSolver()
                    .solve(new ArrayRealVector(descent, false))
                    .toArray();
        }
    }
}
