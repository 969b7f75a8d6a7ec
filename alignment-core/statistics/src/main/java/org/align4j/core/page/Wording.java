package org.align4j.core.page;

import static org.align4j.core.error.RootFormat.format;

import java.util.function.DoubleFunction;
import org.align4j.core.eval.Interval;

/** The way in which figures are written on a page. */
public final class Wording {
    private Wording() {}

    /** Writes a figure with about four significant digits, a true minus, thin thousands; {@code –} when it is no number. */
    public static String number(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "–";
        }
        if (size != 0 && size < 1e-3) {
            return signed(format("%.2e", value));
        }
        if (size >= 1000) {
            return signed(format("%,.0f", value));
        }
        if (size >= 100) {
            return signed(format("%.1f", value));
        }
        return signed(size >= 10 ? format("%.2f", value) : format("%.4f", value));
    }

    /** Writes a figure with four decimals and a true minus, so that figures below each other can be added by hand. */
    public static String decimal(double value) {
        String text = format("%.4f", value);
        return signed(text.equals("-0.0000") ? "0.0000" : text);
    }

    /** Writes {@code 71.2 %}, which no line end parts. */
    public static String percent(double fraction) {
        return Double.isFinite(fraction) ? signed(format("%.1f\u00a0%%", 100 * fraction)) : "–";
    }

    /** Writes {@code 57.3 % to 64.1 %}. */
    public static String between(Interval rates) {
        return between(rates, Wording::percent);
    }

    /** Writes both ends of an interval as their figure is written. */
    public static String between(Interval interval, DoubleFunction<String> words) {
        return words.apply(interval.low()) + " to " + words.apply(interval.high());
    }

    /** Returns the sentence in which no line end parts a number from its percent sign. */
    public static String unparted(String sentence) {
        return sentence.replace(" %", "\u00a0%");
    }

    /** Formats a count with thousands separators, {@code 1,000}. */
    public static String count(long count) {
        return format("%,d", count);
    }

    /** Writes {@code 1 row}, {@code 3 rows}. */
    public static String count(long count, String one, String several) {
        return count(count) + " " + (count == 1 ? one : several);
    }

    /** Writes a duration as people say it. */
    public static String seconds(double seconds) {
        if (seconds < 90) {
            return Math.round(seconds) + " s";
        }
        return seconds < 5400 ? Math.round(seconds / 60) + " min" : format("%.1f h", seconds / 3600);
    }

    private static String signed(String text) {
        return text.replace('-', '−');
    }
}
