package org.align4j.core.page;

import static org.align4j.core.error.RootFormat.format;

import java.util.Locale;
import java.util.function.DoubleFunction;
import org.align4j.core.eval.Interval;
import org.jspecify.annotations.Nullable;

/**
 * A chart of figures with their intervals, a row each: a dot, a line from low to high, and a mark at the figure that says nothing,
 * such as 50 %. It is a table, so that every figure is there as text too.
 */
public final class IntervalChart {
    private static final int TICKS = 4;

    private final Axis axis;
    private final StringBuilder rows = new StringBuilder();

    /** The meaning of a figure, shown by its colour. */
    public enum Tone {
        /** The interval lies above the mark. */
        BETTER,
        /** The interval is below the mark. */
        WORSE,
        /** The interval holds the mark, or there is none. */
        UNCLEAR;

        /** Compares an interval with a mark. */
        public static Tone of(@Nullable Interval interval, double mark) {
            return interval == null || interval.contains(mark) ? UNCLEAR : interval.low() > mark ? BETTER : WORSE;
        }
    }

    /**
     * The axis that figures lie on.
     *
     * @param low its left end
     * @param high its right end
     * @param mark the figure that says nothing; null for none
     * @param words writes a figure
     */
    public record Axis(double low, double high, @Nullable Double mark, DoubleFunction<String> words) {
        /** The axis of rates, from 0 to 100 % with a mark at 50 %. */
        public static final Axis RATES = new Axis(0, 1, 0.5, Wording::percent);

        /** Returns the place of a figure in hundredths of the axis; what lies beyond an end is there. */
        double place(double figure) {
            return 100 * Math.max(0, Math.min(1, (figure - low) / (high - low)));
        }
    }

    /**
     * A figure on the chart.
     *
     * @param label as text
     * @param remark as text, below the label; may be empty
     * @param value the figure
     * @param interval null where none is known
     * @param tone its colour
     * @param hollow whether the dot is a ring, for a figure that is derived from another one
     */
    public record Row(
            String label,
            String remark,
            double value,
            @Nullable Interval interval,
            Tone tone,
            boolean hollow) {}

    /**
     * Begins a chart.
     *
     * @param heading of the first column, as text
     * @param figure what the figures are, as text
     */
    public IntervalChart(String heading, String figure, Axis axis) {
        this.axis = axis;
        StringBuilder ticks = new StringBuilder();
        for (int tick = 0; tick <= TICKS; tick++) {
            ticks.append(format(
                    "<span style=\"left:%d%%\">%s</span>",
                    100 * tick / TICKS,
                    HtmlText.html(axis.words()
                            .apply(axis.low() + tick * (axis.high() - axis.low()) / TICKS)
                            .replaceFirst("\\.0+(?=\\D|$)", ""))));
        }
        rows.append("<thead><tr><th>")
                .append(HtmlText.html(heading))
                .append("</th><th class=\"axis\" aria-hidden=\"true\"><div>")
                .append(ticks)
                .append("</div></th><th>")
                .append(HtmlText.html(figure))
                .append("</th></tr></thead><tbody>");
    }

    /** Adds a figure. */
    public IntervalChart add(Row row) {
        Interval interval = row.interval();
        String whisker = interval == null
                ? ""
                : format(
                        "<i style=\"left:%.2f%%;width:%.2f%%\"></i>",
                        axis.place(interval.low()), axis.place(interval.high()) - axis.place(interval.low()));
        rows.append(format(
                "<tr class=\"%s\"><th scope=\"row\">%s%s</th><td class=\"lane\" aria-hidden=\"true\"><div>%s%s"
                        + "<b%s style=\"left:%.2f%%\"></b></div></td><td>%s</td></tr>",
                row.tone().name().toLowerCase(Locale.ROOT),
                // Long names, such as those of instructions, part where they have joints.
                HtmlText.html(row.label()).replace("_", "_<wbr>").replace(":", ":<wbr>"),
                row.remark().isEmpty() ? "" : "<small>" + HtmlText.html(row.remark()) + "</small>",
                axis.mark() == null ? "" : format("<u style=\"left:%.2f%%\"></u>", axis.place(axis.mark())),
                whisker,
                row.hollow() ? " class=\"hollow\"" : "",
                axis.place(row.value()),
                HtmlTable.figure(row.value(), interval, axis.words())));
        return this;
    }

    /** Returns the chart as HTML. */
    public String html() {
        return "<table class=\"intervals\">" + rows + "</tbody></table>";
    }
}
