package org.align4j.core.doctor.report;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.eval.Interval;
import org.jspecify.annotations.Nullable;

/** A rate with its interval on a line that shows where amber and red begin, as SVG; what has no interval has no line. */
final class RateBar {
    private static final int WIDTH = 240;
    private static final int HEIGHT = 26;
    private static final int MIDDLE = 9;

    private RateBar() {}

    static String of(Finding finding) {
        Interval interval = finding.interval();
        if (interval == null) {
            return "";
        }
        Threshold threshold = finding.threshold();
        double most = Math.max(interval.high(), threshold.middle() + bound(threshold.red()));
        double end = Math.min(1, 1.25 * Math.max(most, bound(threshold.amber())));
        double scale = WIDTH / Math.max(end, 1e-9);
        String colour = "var(--" + finding.level().label() + ")";
        return format(
                "<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%.2f %%\">"
                        + "<line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"var(--line)\"/>%s%s"
                        + "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>"
                        + "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\" fill=\"%s\"/></svg>",
                WIDTH + 60,
                HEIGHT,
                100 * finding.rate(),
                WIDTH,
                MIDDLE,
                MIDDLE,
                marks(threshold.middle(), threshold.amber(), scale, "amber"),
                marks(threshold.middle(), threshold.red(), scale, "red"),
                interval.low() * scale,
                interval.high() * scale,
                MIDDLE,
                MIDDLE,
                colour,
                finding.rate() * scale,
                MIDDLE,
                colour);
    }

    private static double bound(@Nullable Double value) {
        return value == null ? 0 : value;
    }

    /** A number without needless zeros: 0.5, 5. */
    private static String plain(double number) {
        return format("%.1f", number).replaceFirst("\\.0$", "");
    }

    private static String marks(double middle, @Nullable Double value, double scale, String colour) {
        if (value == null || value == 0) {
            return "";
        }
        return middle == 0
                ? mark(value, scale, colour, true)
                : mark(middle - value, scale, colour, false) + mark(middle + value, scale, colour, false);
    }

    private static String mark(double value, double scale, String colour, boolean named) {
        String line = format(
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"2\" y2=\"16\" stroke=\"var(--%s)\" stroke-dasharray=\"2 2\"/>",
                value * scale, value * scale, colour);
        return named
                ? line
                        + format(
                                "<text x=\"%.1f\" y=\"25\" text-anchor=\"middle\">%s %%</text>",
                                Math.max(12, value * scale), plain(100 * value))
                : line;
    }
}
