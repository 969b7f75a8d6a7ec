package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;

/**
 * The number of targets at each position of a sequence, which numbers given for them must match.
 *
 * @param widths {@code [T]}
 */
@SuppressWarnings("ArrayRecordComponent") // a view, never compared
record TargetShape(int[] widths) {
    static TargetShape of(int[][] targets) {
        return new TargetShape(
                Arrays.stream(targets).mapToInt(own -> own.length).toArray());
    }

    static TargetShape of(double[][] values) {
        return new TargetShape(Arrays.stream(values).mapToInt(own -> own.length).toArray());
    }

    /** Returns the first position that has targets; the last one where none has. */
    int first() {
        int first = 0;
        while (first < widths.length - 1 && widths[first] == 0) {
            first++;
        }
        return first;
    }

    /** Returns the first position with a number that is not 0; -1 where all are. */
    static int firstCounted(double[][] values) {
        return IntStream.range(0, values.length)
                .filter(t -> Arrays.stream(values[t]).anyMatch(value -> value != 0))
                .findFirst()
                .orElse(-1);
    }

    /** Counts the targets of all positions. */
    int targets() {
        return Arrays.stream(widths).sum();
    }

    /** Returns numbers of this shape, each as it is asked for in the order of the targets. */
    double[][] filled(DoubleSupplier each) {
        return Arrays.stream(widths)
                .mapToObj(width -> DoubleStream.generate(each).limit(width).toArray())
                .toArray(double[][]::new);
    }

    /** Refuses numbers of another shape, and those that are not finite as fp32 has them. */
    void require(String name, double[][] values) {
        if (values.length != widths.length) {
            throw new InputException(format(
                    "%s are for %,d positions but the sequence has %,d; give as many.",
                    name, values.length, widths.length));
        }
        for (int t = 0; t < values.length; t++) {
            if (values[t].length != widths[t]) {
                throw new InputException(format(
                        "%s has %,d numbers at position %,d but there are %,d targets; give one for each.",
                        name, values[t].length, t, widths[t]));
            }
            for (double value : values[t]) {
                if (!Float.isFinite((float) value)) {
                    throw new InputException(format(
                            "%s has %s at position %,d but must have numbers that are finite in fp32.",
                            name, value, t));
                }
            }
        }
    }
}
