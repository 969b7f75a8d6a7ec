package org.align4j.examples.lessons;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * An axis of a chart: where a value lies on it.
 *
 * @param low value at its beginning
 * @param high value at its end, above low
 * @param from place of low, in the drawing's units
 * @param to place of high
 */
record ChartScale(double low, double high, double from, double to) {
    private static final int TICKS = 4;

    /** Makes an axis that just holds some values. */
    static ChartScale of(double[] values, double from, double to) {
        double low = Arrays.stream(values).min().orElse(0);
        double high = Arrays.stream(values).max().orElse(1);
        return new ChartScale(low, Math.max(low + 1e-9, high), from, to);
    }

    /** Returns the place of a value. */
    double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** Returns about four round values on the axis: multiples of 1, 2 or 5 times a power of ten. */
    List<Double> ticks() {
        double least = (high - low) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        double step = power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
        return LongStream.rangeClosed((long) Math.ceil(low / step - 1e-9), (long) Math.floor(high / step + 1e-9))
                .mapToObj(n -> n * step)
                .toList();
    }
}
