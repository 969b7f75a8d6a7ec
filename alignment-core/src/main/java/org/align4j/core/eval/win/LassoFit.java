package org.align4j.core.eval.win;

/**
 * Fits a logistic model to targets in [0, 1] whose absolute coefficients are penalised: it minimises {@code ‖b‖₁ + C·loss}, by
 * Newton steps on the loss each of which is solved coordinate by coordinate (Friedman et al. 2010).
 */
final class LassoFit {
    private static final int MOST_STEPS = 200;
    private static final int MOST_SWEEPS = 1000;
    private static final double SMALL_STEP = 1e-9;

    /** So little curvature keeps a coordinate's step finite. */
    private static final double LEAST_CURVATURE = 1e-12;

    private final double inverseRegularization;

    /**
     * Makes a fit.
     *
     * @param inverseRegularization C: the larger, the weaker the penalty
     */
    LassoFit(double inverseRegularization) {
        this.inverseRegularization = inverseRegularization;
    }

    double[] coefficients(double[][] features, double[] targets, double[] weights) {
        double[] current = new double[features[0].length];
        double[] candidate = current;
        double objective = Double.POSITIVE_INFINITY;
        for (int step = 0; step < MOST_STEPS; step++) {
            LogisticSurface at = LogisticSurface.of(candidate, features, targets, weights);
            double value = inverseRegularization * at.loss() + norm(candidate);
            if (value > objective + 1e-13 * Math.abs(objective)) {
                candidate = LogisticFit.between(current, candidate); // it overshot
                continue;
            }
            objective = value;
            current = candidate;
            candidate = minimum(current, at);
            if (distance(current, candidate) < SMALL_STEP) {
                break;
            }
        }
        return candidate;
    }

    /** The minimum of the penalised parabola that touches the loss here. */
    private double[] minimum(double[] from, LogisticSurface at) {
        double[] to = from.clone();
        for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
            double moved = 0;
            for (int j = 0; j < to.length; j++) {
                double before = to[j];
                double slope = -at.descent()[j];
                for (int k = 0; k < to.length; k++) {
                    slope += at.curvature()[j][k] * (to[k] - from[k]);
                }
                double curvature = inverseRegularization * at.curvature()[j][j] + LEAST_CURVATURE;
                to[j] = shrunk(before - inverseRegularization * slope / curvature, 1 / curvature);
                moved = Math.max(moved, Math.abs(to[j] - before));
            }
            if (moved < SMALL_STEP / 10) {
                break;
            }
        }
        return to;
    }

    private static double shrunk(double value, double by) {
        return Math.signum(value) * Math.max(0, Math.abs(value) - by);
    }

    private static double norm(double[] coefficients) {
        double norm = 0;
        for (double each : coefficients) {
            norm += Math.abs(each);
        }
        return norm;
    }

    private static double distance(double[] a, double[] b) {
        double most = 0;
        for (int j = 0; j < a.length; j++) {
            most = Math.max(most, Math.abs(a[j] - b[j]));
        }
        return most;
    }
}
