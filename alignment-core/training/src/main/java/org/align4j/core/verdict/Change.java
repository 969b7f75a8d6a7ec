package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.PairedDifference;
import org.align4j.core.verdict.Judgement.Measured;

/**
 * How a figure of the same rows moved from before to after, with the 95 % interval of its mean over prompts.
 *
 * @param figure its name in {@code result.json}
 * @param before mean over the rows
 * @param after mean over the rows
 * @param interval of the mean difference
 * @param rows how many there are
 */
record Change(String figure, double before, double after, Interval interval, int rows) {
    private static final String METHOD = "t interval over prompts, corrected for skewness (Hall 1992)";

    /**
     * Measures the change from one value per row before and after.
     *
     * @param prompts rows of one prompt count together
     */
    static Change of(String figure, double[] before, double[] after, int[] prompts) {
        return of(figure, before, after, PairedDifference.of(before, after, prompts));
    }

    /** Measures the change of a share: values in [0, 1]. */
    static Change ofShares(String figure, double[] before, double[] after, int[] prompts) {
        return of(figure, before, after, PairedDifference.ofShares(before, after, prompts));
    }

    private static Change of(String figure, double[] before, double[] after, PairedDifference difference) {
        return new Change(figure, mean(before), mean(after), difference.interval(), before.length);
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

    /** Whether the interval is below 0. */
    boolean fell() {
        return interval.high() < 0;
    }

    /** Whether the interval lies within ± a size. */
    boolean within(double size) {
        return interval.low() > -size && interval.high() < size;
    }

    /** Returns a change that was measured from 0 as one from another value before. */
    Change from(double value) {
        return new Change(figure, value, value + by(), interval, rows);
    }

    /** Returns the entry of {@code result.json}. */
    Measured measured() {
        return new Measured(figure, before, after, by(), interval.bounds(), rows, METHOD);
    }

    /** {@code +3.2 points, 95 % interval +1.0 to +5.4}. */
    String points() {
        return said(format(
                "%+.1f points, 95 %% interval %+.1f to %+.1f",
                100 * by(), 100 * interval.low(), 100 * interval.high()));
    }

    /** {@code +1.30 nats per answer, 95 % interval +1.10 to +1.50}. */
    String in(String unit) {
        return said(format("%+.3g %s, 95 %% interval %+.3g to %+.3g", by(), unit, interval.low(), interval.high()));
    }

    /** {@code +0.310, 95 % interval +0.220 to +0.400}. */
    String plain() {
        return said(format("%+.3g, 95 %% interval %+.3g to %+.3g", by(), interval.low(), interval.high()));
    }

    private static String said(String numbers) {
        return numbers.replace('-', '\u2212').replace("Infinity", "\u221e");
    }
}
