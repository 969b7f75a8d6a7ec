package org.align4j.examples.lessons;

import static org.align4j.core.error.RootFormat.format;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.align4j.core.page.HtmlText;

/** Draws the charts of a lesson's page as SVG, in the page's colours by day and night. */
final class LessonChart {
    /** The page's rules for charts. */
    static final String STYLE =
            "svg.chart { width: 100%; max-width: 46rem; min-width: 34rem; height: auto; } svg.chart text { fill: currentColor; font-size: 12px; }"
                    + " @media (max-width: 36rem) { svg.chart { min-width: 0; } svg.chart text { font-size: 17px; } }"
                    + " p { max-width: 44em; } section { margin: 1.5rem 0; } .wide { margin-bottom: 0.8rem; }";

    private static final int WIDTH = 680;
    private static final int HEIGHT = 320;
    private static final int LEFT = 62;
    private static final int RIGHT = 190;
    private static final int BOTTOM = 40;
    private static final int TOP = 28;
    private static final int ROW = 22;
    private static final int NAMES = 200;
    private static final int COLOURS = 6;

    /** Colours where no page has set its own: in a notebook. */
    private static final List<String> FALLBACK =
            List.of("#3d6fb6", "#c2642a", "#2a7f86", "#8b5aa8", "#8f8a2c", "#b0436e");

    private static final Pattern DRAWING = Pattern.compile(
            "<svg class=\"chart\" viewBox=\"0 0 (\\d+) (\\d+)\" role=\"img\" aria-label=\"([^\"]*)\">(.*?)</svg>",
            Pattern.DOTALL);

    private LessonChart() {}

    /** Returns HTML whose charts are pictures: Jupyter leaves drawings out of a notebook that it didn't run itself. */
    static String pictures(String html) {
        return DRAWING.matcher(html).replaceAll(chart -> {
            String size = format("width=\"%s\" height=\"%s\"", chart.group(1), chart.group(2));
            String drawing = format(
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" %s><style>text { font: 12px sans-serif }</style>"
                            + "<rect %s fill=\"#fff\"/>%s</svg>",
                    size, size, chart.group(4));
            String encoded = Base64.getEncoder().encodeToString(drawing.getBytes(StandardCharsets.UTF_8));
            return Matcher.quoteReplacement(
                    format("<img %s alt=\"%s\" src=\"data:image/svg+xml;base64,%s\">", size, chart.group(3), encoded));
        });
    }

    /** Draws curves of points {@code [n][2]} over common axes, with their names at the right; the vertical axis begins at 0 or below. */
    static String lines(String title, String x, String y, Map<String, double[][]> curves) {
        ChartScale across = ChartScale.of(all(curves, 0), LEFT, WIDTH - RIGHT);
        double[] up = DoubleStream.concat(DoubleStream.of(0), Arrays.stream(all(curves, 1)))
                .toArray();
        ChartScale height = ChartScale.of(up, HEIGHT - BOTTOM, TOP);
        StringBuilder out = open(title, HEIGHT);
        for (double value : height.ticks()) {
            out.append(format(
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"var(--line,#999)\"/>",
                    LEFT, WIDTH - RIGHT, height.at(value), height.at(value)));
            text(out, LEFT - 6, height.at(value) + 4, "end", number(value));
        }
        for (double value : across.ticks()) {
            text(out, across.at(value), HEIGHT - BOTTOM + 16, "middle", number(value));
        }
        text(out, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 4, "middle", x);
        text(out, LEFT, TOP - 14, "start", y);
        int place = 0;
        for (Map.Entry<String, double[][]> curve : curves.entrySet()) {
            curve(out, colour(place), across, height, curve.getValue());
            name(out, place++, curve.getKey());
        }
        return out.append("</svg>").toString();
    }

    private static void curve(StringBuilder out, String ink, ChartScale across, ChartScale height, double[][] points) {
        StringBuilder way = new StringBuilder();
        for (double[] point : points) {
            double x = across.at(point[0]);
            double y = height.at(point[1]);
            way.append(format("%.1f,%.1f ", x, y));
            out.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" fill=\"%s\"/>", x, y, ink));
        }
        out.append(format(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>",
                way.toString().strip(), ink));
    }

    private static void name(StringBuilder out, int place, String name) {
        int at = TOP + 10 + ROW * place;
        out.append(format(
                "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>",
                WIDTH - RIGHT + 12, at - 9, colour(place)));
        text(out, WIDTH - RIGHT + 28, at, "start", name);
    }

    /**
     * Draws one bar a name; bars of negative numbers go to the left of the common line.
     *
     * @param scale the number that the longest possible bar stands for
     */
    static String bars(String title, Map<String, Double> values, double scale) {
        double low = values.values().stream().anyMatch(value -> value < 0) ? -scale : 0;
        double high = values.values().stream().anyMatch(value -> value >= 0) ? scale : 0;
        double unit = (WIDTH - NAMES - 70) / Math.max(1e-12, high - low);
        double zero = NAMES - low * unit;
        StringBuilder out = open(title, ROW * values.size() + 8);
        int row = 0;
        for (Map.Entry<String, Double> bar : values.entrySet()) {
            double length = Math.abs(bar.getValue()) * unit;
            double from = bar.getValue() < 0 ? zero - length : zero;
            double at = 4 + ROW * row++;
            text(out, NAMES - 8, at + 14, "end", bar.getKey());
            out.append(format(
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                    from, at + 3, length, ROW - 7, bar.getValue() < 0 ? colour(1) : colour(0)));
            text(
                    out,
                    zero + Math.max(0, bar.getValue()) * unit + 6,
                    at + 14,
                    "start",
                    number(rounded(bar.getValue(), high - low)));
        }
        return out.append("</svg>").toString();
    }

    private static double[] all(Map<String, double[][]> curves, int coordinate) {
        return curves.values().stream()
                .flatMap(Stream::of)
                .mapToDouble(point -> point[coordinate])
                .toArray();
    }

    private static String colour(int place) {
        return format("var(--run%d,%s)", place % COLOURS + 1, FALLBACK.get(place % COLOURS));
    }

    private static StringBuilder open(String title, int height) {
        return new StringBuilder(format(
                "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                WIDTH, height, HtmlText.html(title)));
    }

    private static void text(StringBuilder out, double x, double y, String anchor, String words) {
        out.append(
                format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, HtmlText.html(words)));
    }

    /** Rounds a value to what can be seen beside bars that are a thousand times as long. */
    private static double rounded(double value, double reach) {
        double unit = Math.pow(10, Math.floor(Math.log10(Math.max(1e-12, reach))) - 3);
        return Math.rint(value / unit) * unit;
    }

    private static String number(double value) {
        return format("%.4g", value == 0 ? 0 : value)
                .replaceAll("(\\.\\d*?)0+$", "$1")
                .replaceAll("\\.$", "")
                .replace('-', '−');
    }

    /**
     * An axis of a chart: where a value lies on it.
     *
     * @param low value at its beginning
     * @param high value at its end, above low
     * @param from place of low, in the drawing's units
     * @param to place of high
     */
    private record ChartScale(double low, double high, double from, double to) {
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
}
