package org.align4j.core.eval;

/**
 * A confidence interval.
 *
 * @param low lower bound
 * @param high upper bound
 * @param confidence its level, 0.95 for a 95 % interval
 */
public record Interval(double low, double high, double confidence) {
    public Interval {
        if (!(low <= high)) {
            throw new IllegalArgumentException("The interval's low " + low + " must not exceed its high " + high + ".");
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("confidence is " + confidence + " but must lie between 0 and 1.");
        }
    }

    /** Whether the value lies inside, bounds included. */
    public boolean contains(double value) {
        return low <= value && value <= high;
    }
}
