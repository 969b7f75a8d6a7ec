package org.align4j.examples.lessons.parts;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;

/** Two shares of few answers, compared as far as so many answers can tell: what a lesson may conclude from its own figures. */
public final class Shares {
    private static final double CONFIDENCE = 0.95;

    private Shares() {}

    /**
     * Says how far two shares lie apart, and whether chance may explain it.
     *
     * @param one what the first share is of
     * @param other what the second share is of
     */
    public static String compared(String one, Proportion first, String other, Proportion second) {
        Interval difference = difference(first, second);
        return format(
                "%s %.0f %%, %s %.0f %%: a difference of %.0f points (%.0f to %.0f), %s.",
                one,
                100 * first.rate(),
                other,
                100 * second.rate(),
                100 * (first.rate() - second.rate()),
                100 * difference.low(),
                100 * difference.high(),
                areApart(first, second) ? "more than chance explains" : "which chance may explain");
    }

    /** Returns whether the interval of the difference leaves out 0. */
    public static boolean areApart(Proportion first, Proportion second) {
        Interval difference = difference(first, second);
        return difference.low() > 0 || difference.high() < 0;
    }

    /** Newcombe's interval of a difference of two independent shares, made of their Wilson intervals (Newcombe 1998, method 10). */
    static Interval difference(Proportion first, Proportion second) {
        Interval one = first.wilson(CONFIDENCE);
        Interval other = second.wilson(CONFIDENCE);
        double middle = first.rate() - second.rate();
        return new Interval(
                middle - Math.hypot(first.rate() - one.low(), other.high() - second.rate()),
                middle + Math.hypot(one.high() - first.rate(), second.rate() - other.low()),
                CONFIDENCE);
    }
}
