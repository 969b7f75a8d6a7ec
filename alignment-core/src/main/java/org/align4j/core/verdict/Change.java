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
     * Measures the change from one value a row before and after.
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
        return minus(format(
                "%+.1f points, 95 %% interval %+.1f to %+.1f",
                100 * by(), 100 * interval.low(), 100 * interval.high()));
    }

    /** {@code +1.30 nats, 95 % interval +1.10 to +1.50}. */
    String nats() {
        return minus(format("%+.2f nats, 95 %% interval %+.2f to %+.2f", by(), interval.low(), interval.high()));
    }

    /** {@code +0.310, 95 % interval +0.220 to +0.400}. */
    String plain() {
        return minus(format("%+.3g, 95 %% interval %+.3g to %+.3g", by(), interval.low(), interval.high()));
    }

    private static String minus(String numbers) {
        return numbers.replace('-', '\u2212');
    }
}
