package org.align4j.core.eval.win;

import java.util.Arrays;

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
}
