package org.align4j.core.page;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;

/** A drawing of many settings at once, as SVG text: an upright axis for each option and for the figure, and a line for each setting across them. */
public final class ParallelCoordinates {
    private static final int AXIS = 150;
    private static final int LEFT = 70;
    private static final int RIGHT = 80;
    private static final int TOP = 34;
    private static final int HEIGHT = 260;
    private static final int BOTTOM = 16;

    /** Ticks that an axis has room for. */
    private static final int MOST_TICKS = 12;

    private final List<Axis> axes;
    private final List<String> lines = new ArrayList<>();

    /**
     * An upright axis.
     *
     * @param label above it, as text
     * @param ticks along it
     */
    public record Axis(String label, List<Tick> ticks) {
        public Axis {
            ticks = List.copyOf(ticks);
        }
    }

    /**
     * A value on an axis.
     *
     * @param place from 0, below, to 1
     * @param label as text
     */
    public record Tick(double place, String label) {}

    /** Begins a drawing. */
    public ParallelCoordinates(List<Axis> axes) {
        this.axes = List.copyOf(axes);
    }

    /**
     * Adds a setting.
     *
     * @param places {@code [axes]} from 0 to 1
     * @param colour a colour of the style sheet, such as {@code var(--good)}
     * @param words shown when one points at the line, as text
     */
    public void add(List<Double> places, String colour, String words) {
        StringBuilder points = new StringBuilder();
        for (int axis = 0; axis < places.size(); axis++) {
            points.append(format("%.1f,%.1f ", x(axis), y(places.get(axis))));
        }
        lines.add(format(
                "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" stroke-opacity=\"0.75\"><title>%s</title></polyline>",
                points.toString().strip(), colour, HtmlText.html(words)));
    }

    private static double x(int axis) {
        return LEFT + (double) axis * AXIS;
    }

    private static double y(double place) {
        return HEIGHT - BOTTOM - place * (HEIGHT - BOTTOM - TOP);
    }

    /** Returns the drawing as HTML; it scrolls by itself where it is wider than the page. */
    public String html() {
        int width = LEFT + RIGHT + AXIS * (axes.size() - 1);
        StringBuilder out = new StringBuilder(format(
                "<svg class=\"parallel\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\""
                        + " aria-label=\"Settings across options\" color=\"var(--muted)\">",
                width, HEIGHT, width, HEIGHT));
        lines.forEach(out::append);
        for (int axis = 0; axis < axes.size(); axis++) {
            out.append(format(
                    "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"currentColor\"/>",
                    x(axis), TOP, x(axis), HEIGHT - BOTTOM));
            out.append(text(x(axis), TOP - 18, "middle", axes.get(axis).label()));
            List<Tick> ticks = axes.get(axis).ticks();
            int every = (ticks.size() + MOST_TICKS - 1) / MOST_TICKS;
            for (int tick = 0; tick < ticks.size(); tick += Math.max(1, every)) {
                out.append(text(
                        x(axis) - 5,
                        y(ticks.get(tick).place()) + 4,
                        "end",
                        ticks.get(tick).label()));
            }
        }
        return HtmlText.wide(out.append("</svg>").toString());
    }

    private static String text(double x, double y, String anchor, String words) {
        String shown = words.length() > 22 ? words.substring(0, 21) + "…" : words;
        return format(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"var(--ink)\" font-size=\"11\""
                        + " paint-order=\"stroke\" stroke=\"var(--paper)\" stroke-width=\"3\">%s</text>",
                x, y, anchor, HtmlText.html(shown));
    }
}
