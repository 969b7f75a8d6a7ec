package org.align4j.core.eval.win;

import org.align4j.core.autodiff.Logistic;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;

/** Loss, gradient and curvature of a logistic model at some coefficients. */
final class LogisticSurface {
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

    /** The negative gradient. */
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
