package org.align4j.core.report.page;

import java.util.Locale;

/** How figures and text are written on the page. */
final class Wording {
    private Wording() {}

    /** Text as HTML. */
    static String html(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /** A figure with about four significant digits, a true minus, thin thousands; {@code –} when it is no number. */
    static String number(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "–";
        }
        if (size != 0 && size < 1e-3) {
            return signed(String.format(Locale.ROOT, "%.2e", value));
        }
        String format = size >= 1000 ? "%,.0f" : size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.4f";
        return signed(String.format(Locale.ROOT, format, value));
    }

    /** {@code 71.2 %}, which no line end parts. */
    static String percent(double fraction) {
        return Double.isFinite(fraction) ? signed(String.format(Locale.ROOT, "%.1f\u00a0%%", 100 * fraction)) : "–";
    }

    /** {@code 1,000}. */
    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** {@code 1 row}, {@code 3 rows}. */
    static String count(long count, String one, String several) {
        return count(count) + " " + (count == 1 ? one : several);
    }

    /** A duration as people say it. */
    static String seconds(double seconds) {
        if (seconds < 90) {
            return Math.round(seconds) + " s";
        }
        return seconds < 5400
                ? Math.round(seconds / 60) + " min"
                : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
    }

    private static String signed(String text) {
        return text.replace('-', '−');
    }
}
