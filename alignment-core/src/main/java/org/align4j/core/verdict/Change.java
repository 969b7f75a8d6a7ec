package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.PairedBootstrap;
import org.align4j.core.eval.PairedBootstrap.Difference;

/**
 * How a figure of the same rows moved from before to after, with the 95 % interval of its mean over prompts (paired bootstrap).
 *
 * @param before mean over the rows
 * @param after mean over the rows
 * @param interval of the mean difference
 */
record Change(double before, double after, Interval interval) {
    private static final PairedBootstrap BOOTSTRAP = new PairedBootstrap(2000, 1, 0.95);

    /**
     * From one value a row.
     *
     * @param prompts rows of one prompt count together
     */
    static Change of(double[] before, double[] after, int[] prompts) {
        Difference difference = BOOTSTRAP.difference(before, after, prompts);
        return new Change(mean(before), mean(after), difference.interval());
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    double by() {
        return after - before;
    }

    /** Whether the interval lies above 0. */
    boolean rose() {
        return interval.low() > 0;
    }

    /** Whether the interval lies below 0. */
    boolean fell() {
        return interval.high() < 0;
    }

    /** Whether the interval lies within ± a size. */
    boolean within(double size) {
        return interval.low() > -size && interval.high() < size;
    }

    /** {@code +3.2 points, 95 % interval +1.0 to +5.4}. */
    String points() {
        return signed(100, "%+.1f") + " points, 95 % interval "
                + bounds(100, "%+.1f");
    }

    /** {@code +1.30 nats, 95 % interval +1.10 to +1.50}. */
    String nats() {
        return signed(1, "%+.2f") + " nats, 95 % interval " + bounds(1, "%+.2f");
    }

    /** {@code +0.31, 95 % interval +0.22 to +0.40}. */
    String plain() {
        return signed(1, "%+.3g") + ", 95 % interval " + bounds(1, "%+.3g");
    }

    private String signed(double scale, String form) {
        return minus(format(form, scale * by()));
    }

    private String bounds(double scale, String form) {
        return minus(format(form, scale * interval.low())) + " to " + minus(format(form, scale * interval.high()));
    }

    private static String minus(String number) {
        return number.replace('-', '\u2212');
    }
}
