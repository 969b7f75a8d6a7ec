package org.align4j.core.doctor;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Measure;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.eval.Interval;
import org.jspecify.annotations.Nullable;

/**
 * A figure with its interval on a line with a scale, as SVG: the ends of the line have their values, and marks show where amber and red
 * begin. What has no interval has no line.
 */
final class RateBar {
    private static final int WIDTH = 240;
    private static final int HEIGHT = 30;
    private static final int MIDDLE = 9;
    /** An AUC of a half is none. */
    private static final double NO_AUC = 0.5;

    private final Finding finding;
    private final double start;
    private final double end;

    private RateBar(Finding finding, Interval interval) {
        this.finding = finding;
        this.start = finding.measure() == Measure.AUC ? Math.min(NO_AUC, interval.low()) : 0;
        Threshold threshold = finding.threshold();
        double bound = Math.max(bound(threshold.amber()), bound(threshold.red()));
        double most = Math.max(interval.high(), threshold.middle() + bound);
        this.end = Math.max(start + 1e-9, Math.min(1, start + 1.25 * (most - start)));
    }

    static String of(Finding finding) {
        Interval interval = finding.interval();
        return interval == null ? "" : new RateBar(finding, interval).svg(interval);
    }

    private String svg(Interval interval) {
        Threshold threshold = finding.threshold();
        String colour = "var(--" + finding.level().label() + ")";
        return format(
                "<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s on a scale from %s to %s\">"
                        + "<line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"var(--line)\"/>%s%s%s%s"
                        + "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>"
                        + "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\" fill=\"%s\"/></svg>",
                WIDTH + 60,
                HEIGHT,
                finding.measure().text(finding.rate()),
                finding.measure().bound(start),
                finding.measure().bound(end),
                WIDTH,
                MIDDLE,
                MIDDLE,
                label(0, "start", start),
                label(WIDTH, "end", end),
                marks(threshold.middle(), threshold.amber(), "amber"),
                marks(threshold.middle(), threshold.red(), "red"),
                at(interval.low()),
                at(interval.high()),
                MIDDLE,
                MIDDLE,
                colour,
                at(finding.rate()),
                MIDDLE,
                colour);
    }

    private double at(double value) {
        return Math.max(0, Math.min(1, (value - start) / (end - start))) * WIDTH;
    }

    private String label(double place, String anchor, double value) {
        return format(
                "<text x=\"%.1f\" y=\"27\" text-anchor=\"%s\">%s</text>",
                place, anchor, finding.measure().bound(value));
    }

    private static double bound(@Nullable Double value) {
        return value == null ? 0 : value;
    }

    private String marks(double middle, @Nullable Double value, String colour) {
        if (value == null || value == 0) {
            return "";
        }
        return middle == 0 ? mark(value, colour) : mark(middle - value, colour) + mark(middle + value, colour);
    }

    private String mark(double value, String colour) {
        return format(
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"2\" y2=\"16\" stroke=\"var(--%s)\" stroke-dasharray=\"2 2\"/>",
                at(value), at(value), colour);
    }
}
