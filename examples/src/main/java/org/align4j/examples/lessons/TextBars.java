package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import com.google.common.base.Strings;
import java.util.Collection;
import java.util.Map;
import java.util.regex.Pattern;

/** Draws bars of signs for a terminal, and finds the scale that they share with the page's. */
final class TextBars {
    private static final int BAR = 40;
    /** A scale of so little shows numbers that print as 0.01. */
    private static final double SMALLEST = 0.1;
    /** Less than a cell, so that a product that should be whole isn't rounded down. */
    private static final double ROUNDING = 1e-9;

    private static final Pattern SHARE = Pattern.compile("\\b[sS]hare\\b");

    private TextBars() {}

    /** Draws bars of signs over a scale that is given: a bar is full where its number is the scale's end. */
    static String of(Map<String, Double> values, double scale) {
        int widest = values.keySet().stream().mapToInt(String::length).max().orElse(1);
        StringBuilder bars = new StringBuilder();
        values.forEach((name, value) -> {
            long length = Math.min(BAR, (long) (Math.abs(value) / scale * BAR + ROUNDING));
            bars.append(format(
                    "  %s %9.2f |%s%s\n",
                    Strings.padEnd(name, widest, ' '), value, value < 0 && length > 0 ? "-" : "", "█".repeat((int)
                                    length)));
        });
        return bars + format("  a bar of %d cells is %s", BAR, plain(scale));
    }

    /**
     * Returns the number that a full bar stands for: 100 of percents, 1 of shares, else the next of 1, 2 and 5 times a power of ten that no
     * number exceeds. Numbers that print as 0.00 have no bar.
     */
    static double scale(String title, Collection<Double> values) {
        double largest = values.stream().mapToDouble(Math::abs).max().orElse(0);
        if (title.contains("%") && largest <= 100) {
            return 100;
        }
        if (SHARE.matcher(title).find() && largest <= 1) {
            return 1;
        }
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(largest, SMALLEST))));
        for (int times : new int[] {1, 2, 5}) {
            if (largest <= times * power) {
                return times * power;
            }
        }
        return 10 * power;
    }

    private static String plain(double scale) {
        return format("%.2f", scale).replaceFirst("\\.?0+$", "");
    }
}
