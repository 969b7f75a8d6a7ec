package org.align4j.core.report;

import java.util.List;
import org.align4j.core.report.method.ChartPlan;
import org.jspecify.annotations.Nullable;

/**
 * One chart, as the page's script draws it.
 *
 * @param group heading it stands under
 * @param title short
 * @param note one sentence that tells how to read it
 * @param format number, percent, scientific, gibibytes
 * @param logarithmic whether the y axis is
 * @param lines what is drawn
 * @param marks values with a dashed line
 * @param term the glossary's entry that explains it; empty for none
 */
record Chart(
        String group,
        String title,
        String note,
        String format,
        boolean logarithmic,
        List<Line> lines,
        List<ChartPlan.Mark> marks,
        String term) {
    /**
     * One line of a chart.
     *
     * @param label legend
     * @param colour name of a style sheet colour: train, eval, chosen, rejected, run1 …
     * @param points whether each value is drawn as a point (evaluations)
     * @param smooth whether the values are noisy: drawn faint, with their moving mean over it
     * @param steps x
     * @param values y, null where not finite
     * @param low lower bounds of a band around it, empty for none
     * @param high upper bounds
     */
    record Line(
            String label,
            String colour,
            boolean points,
            boolean smooth,
            List<Double> steps,
            List<@Nullable Double> values,
            List<Double> low,
            List<Double> high) {}
}
