package org.align4j.core.page;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import org.align4j.core.eval.Calibration;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;

/** Small figures as SVG text, which need no script. */
public final class Drawing {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 220;
    private static final int LEFT = 48;
    private static final int BOTTOM = 28;
    private static final int TOP = 12;
    private static final int BARS = 30;

    private Drawing() {}

    /** How many values lie where, with a line at 0. */
    public static String histogram(double[] values) {
        double reach = Arrays.stream(values).map(Math::abs).max().orElse(1);
        reach = reach == 0 ? 1 : reach;
        int[] counts = new int[BARS];
        for (double value : values) {
            int bar = (int) ((value + reach) / (2 * reach) * BARS);
            counts[Math.min(BARS - 1, bar)]++;
        }
        int most = Arrays.stream(counts).max().orElse(1);
        StringBuilder out = open("Histogram of margins");
        double width = (WIDTH - LEFT - 8) / (double) BARS;
        for (int bar = 0; bar < BARS; bar++) {
            double height = (HEIGHT - TOP - BOTTOM) * (double) counts[bar] / most;
            String colour = bar < BARS / 2 ? "var(--rejected)" : "var(--chosen)";
            out.append(format(
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>%d pairs</title></rect>",
                    LEFT + bar * width + 0.5, HEIGHT - BOTTOM - height, width - 1, height, colour, counts[bar]));
        }
        double middle = LEFT + BARS * width / 2;
        out.append(line(middle, TOP, middle, HEIGHT - BOTTOM, "currentColor"));
        out.append(baseline());
        out.append(text(LEFT, HEIGHT - 8, "start", number(-reach)));
        out.append(text(middle, HEIGHT - 8, "middle", "0"));
        out.append(text(WIDTH - 8, HEIGHT - 8, "end", number(reach)));
        out.append(text(LEFT - 6, TOP + 10, "end", Wording.count(most)));
        return out.append("</svg>").toString();
    }

    /** Accuracy against confidence, both from 0.5 (accuracy from 0) to 1. */
    public static String reliability(List<Calibration.Bin> bins) {
        StringBuilder out = open("Calibration curve");
        out.append(line(x(0.5), y(0.5), x(1), y(1), "var(--muted)"));
        for (Calibration.Bin bin : bins) {
            Interval interval = Proportion.ofRate(bin.accuracy(), bin.pairs()).wilson(0.95);
            double at = x(bin.meanConfidence());
            out.append(line(at, y(interval.low()), at, y(interval.high()), "var(--eval)"));
            out.append(format(
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"var(--eval)\"><title>%s sure, %s right, %d pairs</title></circle>",
                    at,
                    y(bin.accuracy()),
                    Wording.percent(bin.meanConfidence()),
                    Wording.percent(bin.accuracy()),
                    bin.pairs()));
        }
        out.append(baseline());
        for (double tick : new double[] {0.5, 0.75, 1}) {
            out.append(text(x(tick), HEIGHT - 8, tick == 1 ? "end" : "middle", format("%.0f %% sure", 100 * tick)));
        }
        for (double tick : new double[] {0, 0.5, 1}) {
            out.append(text(LEFT - 6, y(tick) + 4, "end", format("%.0f %%", 100 * tick)));
        }
        return out.append("</svg>").toString();
    }

    private static double x(double confidence) {
        return LEFT + 16 + (confidence - 0.5) * 2 * (WIDTH - LEFT - 32);
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
    }

    private static StringBuilder open(String label) {
        return new StringBuilder(format(
                "<svg class=\"drawing\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT, label));
    }

    private static String baseline() {
        return line(LEFT, HEIGHT - BOTTOM, WIDTH - 8, HEIGHT - BOTTOM, "currentColor");
    }

    private static String line(double x1, double y1, double x2, double y2, String colour) {
        return format("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>", x1, y1, x2, y2, colour);
    }

    private static String text(double x, double y, String anchor, String words) {
        return format(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"currentColor\" font-size=\"12\">%s</text>",
                x, y, anchor, words);
    }

    private static String number(double value) {
        return format("%.2f", value).replace('-', '\u2212');
    }
}
