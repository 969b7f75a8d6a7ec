package org.align4j.core.page;

import static org.align4j.core.error.RootFormat.format;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Curves over one pair of axes, each a chain of points in their own order, as SVG text, which needs no script. An interval that goes far
 * beyond the points ends at the axis.
 */
public final class CurveDrawing {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 300;
    private static final int LEFT = 62;
    private static final int RIGHT = 16;
    private static final int TOP = 12;
    private static final int BOTTOM = 40;
    private static final int TICKS = 4;

    private final String label;
    private final String across;
    private final List<Curve> curves = new ArrayList<>();

    /**
     * A chain of points.
     *
     * @param label in the legend, as text
     * @param colour a colour of the style sheet, such as {@code run1}
     * @param faint whether it is drawn as a thin line without dots, for what only goes with the other curves
     */
    public record Curve(String label, String colour, boolean faint, List<Point> points) {
        public Curve {
            points = List.copyOf(points);
        }
    }

    /**
     * A point with the reach of its intervals.
     *
     * @param left lower end of what is known of x; x itself where nothing is
     * @param right upper end
     * @param low lower end of what is known of y; y itself where nothing is
     * @param high upper end
     * @param words shown when one points at it, as text
     */
    public record Point(double x, double left, double right, double y, double low, double high, String words) {
        /** Makes a point without intervals. */
        public static Point of(double x, double y, String words) {
            return new Point(x, x, x, y, y, y, words);
        }
    }

    /**
     * Begins a drawing.
     *
     * @param label what it shows, as text
     * @param across what lies along the axis below, as text
     */
    public CurveDrawing(String label, String across) {
        this.label = label;
        this.across = across;
    }

    /** Adds a curve; points that aren't finite are left out. */
    public CurveDrawing add(Curve curve) {
        curves.add(new Curve(
                curve.label(),
                curve.colour(),
                curve.faint(),
                curve.points().stream()
                        .filter(point -> Double.isFinite(point.x()) && Double.isFinite(point.y()))
                        .toList()));
        return this;
    }

    /** Returns the drawing as HTML, with a legend where there are several curves. */
    public String html() {
        Scale x = Scale.over(
                points().mapToDouble(Point::x), points().flatMapToDouble(p -> DoubleStream.of(p.left(), p.right())));
        Scale y = Scale.over(
                points().mapToDouble(Point::y), points().flatMapToDouble(p -> DoubleStream.of(p.low(), p.high())));
        StringBuilder out = new StringBuilder(format(
                "<svg class=\"drawing\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                WIDTH, HEIGHT, HtmlText.html(label)));
        axes(out, x, y);
        curves.forEach(curve -> draw(out, curve, x, y));
        return out.append("</svg>").append(legend()).toString();
    }

    private Stream<Point> points() {
        return curves.stream().flatMap(curve -> curve.points().stream());
    }

    private void axes(StringBuilder out, Scale x, Scale y) {
        for (int tick = 0; tick <= x.ticks(); tick++) {
            double share = (double) tick / x.ticks();
            out.append(line(x(share), y(0), x(share), y(1), "var(--grid)", 1))
                    .append(text(x(share), HEIGHT - BOTTOM + 16, "middle", x.words(tick)));
        }
        for (int tick = 0; tick <= y.ticks(); tick++) {
            double share = (double) tick / y.ticks();
            out.append(line(x(0), y(share), x(1), y(share), "var(--grid)", 1))
                    .append(text(LEFT - 6, y(share) + 4, "end", y.words(tick)));
        }
        out.append(text((x(0) + x(1)) / 2, HEIGHT - 6, "middle", across));
    }

    private static void draw(StringBuilder out, Curve curve, Scale x, Scale y) {
        String colour = "var(--" + curve.colour() + ")";
        StringBuilder chain = new StringBuilder();
        for (Point point : curve.points()) {
            chain.append(format("%.1f,%.1f ", x(x.of(point.x())), y(y.of(point.y()))));
        }
        out.append(format(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"/>",
                chain.toString().strip(), colour, curve.faint() ? "1" : "1.8"));
        for (Point point : curve.faint() ? List.<Point>of() : curve.points()) {
            double across = x(x.of(point.x()));
            double up = y(y.of(point.y()));
            out.append(line(x(x.within(point.left())), up, x(x.within(point.right())), up, colour, 0.9))
                    .append(line(across, y(y.within(point.low())), across, y(y.within(point.high())), colour, 0.9))
                    .append(format(
                            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"><title>%s</title></circle>",
                            across, up, colour, HtmlText.html(point.words())));
        }
    }

    private String legend() {
        if (curves.size() < 2) {
            return "";
        }
        StringBuilder out = new StringBuilder("<p class=\"muted\">");
        curves.forEach(curve -> out.append(format(
                "<span style=\"white-space:nowrap\"><span style=\"color:var(--%s)\">%s</span> %s</span>  ",
                curve.colour(), curve.faint() ? "─" : "●", HtmlText.html(curve.label()))));
        return out.append("</p>").toString();
    }

    private static double x(double share) {
        return LEFT + share * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double share) {
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
    }

    private static String line(double x1, double y1, double x2, double y2, String colour, double width) {
        return format(
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%.1f\"/>",
                x1, y1, x2, y2, colour, width);
    }

    private static String text(double x, double y, String anchor, String words) {
        return format(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"currentColor\" font-size=\"12\">%s</text>",
                x, y, anchor, HtmlText.html(words));
    }

    /**
     * An axis, whose ends and ticks are round figures.
     *
     * @param low its first figure
     * @param step between two ticks
     * @param ticks behind the first
     */
    private record Scale(double low, double step, int ticks) {
        private static final double[] ROUND = {1, 2, 2.5, 5, 10};

        /** Makes the axis that points need, with room for their intervals up to the points' own spread on each side. */
        static Scale over(DoubleStream figures, DoubleStream ends) {
            double[] sorted = figures.sorted().toArray();
            double first = sorted.length == 0 ? 0 : sorted[0];
            double last = sorted.length == 0 ? 1 : sorted[sorted.length - 1];
            double spread = last > first ? last - first : Math.max(1e-6, Math.abs(first) / 2);
            double[] reach = ends.filter(Double::isFinite).toArray();
            double low = Math.max(first - spread, Arrays.stream(reach).min().orElse(first));
            double high = Math.min(last + spread, Arrays.stream(reach).max().orElse(last));
            double rough = Math.max(high - low, spread) / TICKS;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double step = Arrays.stream(ROUND)
                    .map(round -> round * power)
                    .filter(round -> round >= rough * (1 - 1e-9))
                    .findFirst()
                    .orElse(10 * power);
            double begin = Math.floor(low / step + 1e-9) * step;
            return new Scale(begin, step, Math.max(1, (int) Math.ceil((high - begin) / step - 1e-9)));
        }

        double of(double figure) {
            return (figure - low) / (step * ticks);
        }

        double within(double figure) {
            return Double.isNaN(figure) ? 0 : Math.max(0, Math.min(1, of(figure)));
        }

        /** Writes the figure at a tick with as many digits as ticks differ in. */
        String words(int tick) {
            double figure = low + tick * step;
            int digits = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9) + (isHalved() ? 1 : 0));
            return digits > 5
                    ? Wording.number(figure)
                    : BigDecimal.valueOf(figure)
                            .setScale(digits, RoundingMode.HALF_EVEN)
                            .toPlainString()
                            .replace('-', '\u2212');
        }

        private boolean isHalved() {
            double leading = step / Math.pow(10, Math.floor(Math.log10(step) + 1e-9));
            return Math.abs(leading - 2.5) < 1e-6;
        }
    }
}
