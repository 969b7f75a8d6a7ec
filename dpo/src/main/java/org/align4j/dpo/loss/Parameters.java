package org.align4j.dpo.loss;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.InputException;

/** Checks of the losses' parameters, by the names that the command line gives them. */
public final class Parameters {
    private static final double LARGEST = 1e9;

    private Parameters() {}

    /** Checks that β is positive. */
    public static void positiveBeta(double beta) {
        positive("beta", beta, "0.1 to 0.5 is usual");
    }

    /** A parameter that must be above 0. */
    public static void positive(String name, double value, String advice) {
        check(value > 0, name, value, "must be positive", advice);
    }

    /** A parameter that must be 0 or above. */
    public static void notNegative(String name, double value, String advice) {
        check(value >= 0, name, value, "must be 0 or more", advice);
    }

    /** A parameter that must not be 0. */
    public static void notZero(String name, double value, String advice) {
        check(value != 0, name, value, "must not be 0", advice);
    }

    /** A parameter from 0 to 1, 1 excluded. */
    public static void fraction(String name, double value, String advice) {
        check(value >= 0 && value < 1, name, value, "must be 0 or more and below 1", advice);
    }

    /** A share of wrong labels: 0 or more, below one half. */
    public static void smoothing(double value) {
        check(value >= 0 && value < 0.5, "label-smoothing", value, "must be 0 or more and below 0.5", "0.1 is usual");
    }

    /** Label smoothing that a loss can't do without. */
    public static void positiveSmoothing(String loss, double value) {
        check(value > 0, "label-smoothing", value, "must be positive for " + loss, "0.001 to 0.1 is usual");
    }

    private static void check(boolean right, String name, double value, String rule, String advice) {
        if (!right || !Double.isFinite(value)) {
            throw new InputException(format("%s is %s but %s; %s.", name, value, rule, advice));
        }
        if (Math.abs(value) > LARGEST) {
            throw new InputException(format("%s is %s but must be at most 1e9 in size; %s.", name, value, advice));
        }
    }
}
