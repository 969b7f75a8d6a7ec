package org.align4j.core.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Proportion;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.Figure.Meaning.Scale;
import org.align4j.core.report.Comparison.RunNames;
import org.align4j.core.report.method.ChartPlan;
import org.jspecify.annotations.Nullable;

/** Which charts a run's metrics allow: a chart stands where at least one of its names occurs with two values. */
final class Charts {
    /** How many colours tell runs apart; a thirteenth run takes the first again. */
    static final int COLOURS = 12;

    private static final int MOST_POINTS = 2000;

    private Charts() {}

    /** All charts of one run. */
    static List<Chart> of(RunView run) {
        List<Chart> charts = new ArrayList<>();
        for (ChartPlan plan : run.method().charts()) {
            List<Chart.Line> lines = new ArrayList<>();
            for (ChartPlan.Line line : plan.lines()) {
                addLine(lines, run, line, line.label(), line.colour());
            }
            addChart(charts, plan, plan.caption(), lines);
        }
        return charts;
    }

    /**
     * The charts that make sense across runs: one line per run of what all of them have. Of charts that tell of learning each line has a
     * chart; of others the first of training and the first of evaluations. What the runs have on different scales, or of different rows, has
     * none.
     */
    static List<Chart> across(List<RunView> runs) {
        Comparability comparability = new Comparability(runs);
        boolean sameRows = comparability.byRows().size() == 1;
        List<Chart> charts = new ArrayList<>();
        for (ChartPlan plan : runs.get(0).method().charts()) {
            long most = plan.question() == ChartPlan.Question.LEARNING
                    ? plan.lines().size()
                    : 1;
            ChartPlan shared = plan.markedAsAll(plansOf(plan, runs));
            for (boolean evaluation : new boolean[] {false, true}) {
                plan.lines().stream()
                        .filter(line -> line.evaluation() == evaluation)
                        .filter(line -> comparability.isComparable(line.figure()))
                        .filter(line -> !evaluation || sameRows)
                        .filter(line -> runs.stream()
                                .allMatch(
                                        run -> run.metrics().series(line.name()).size() > 1))
                        .limit(most)
                        .forEach(line -> addChart(
                                charts,
                                shared,
                                new ChartPlan.Caption(title(plan, line), note(plan, runs)),
                                lines(runs, line)));
            }
        }
        return charts;
    }

    private static List<ChartPlan> plansOf(ChartPlan plan, List<RunView> runs) {
        return runs.stream()
                .flatMap(run -> run.method().charts().stream())
                .filter(other -> other.title().equals(plan.title()))
                .toList();
    }

    /** The plan's title and the line's label, which isn't shown where it only says the title again. */
    static String title(ChartPlan plan, ChartPlan.Line line) {
        return line.label().equalsIgnoreCase(plan.title()) ? plan.title() : plan.title() + ", " + line.label();
    }

    /** Returns the note of a chart that all its runs share, or the notes of each. */
    private static String note(ChartPlan plan, List<RunView> runs) {
        List<String> notes = plansOf(plan, runs).stream()
                .map(other -> other.caption().note())
                .distinct()
                .toList();
        return notes.size() == 1 ? notes.get(0) : plan.note();
    }

    private static List<Chart.Line> lines(List<RunView> runs, ChartPlan.Line line) {
        List<Chart.Line> lines = new ArrayList<>();
        List<String> names = RunNames.of(runs);
        for (int i = 0; i < runs.size(); i++) {
            addLine(lines, runs.get(i), line, names.get(i), "run" + (i % COLOURS + 1));
        }
        return lines;
    }

    private static void addChart(
            List<Chart> charts, ChartPlan plan, ChartPlan.Caption caption, List<Chart.Line> lines) {
        boolean points = lines.stream().anyMatch(Chart.Line::points);
        if (lines.stream().anyMatch(line -> line.steps().size() > (points && lines.size() > 1 ? 0 : 1))) {
            Meaning meaning = plan.lines().get(0).figure().meaning();
            boolean logarithmic = meaning == Meaning.GRADIENT_NORM && spread(lines) > 50;
            charts.add(new Chart(
                    plan.question().words(),
                    caption.title(),
                    caption.note(),
                    format(meaning),
                    logarithmic,
                    lines,
                    plan.marks(),
                    Glossary.termOf(meaning)));
        }
    }

    /** What stands over a chart and over its group, and how it is read. */
    record Heading(String group, String title, String note) {}

    /** Returns a chart of lines that are no single run's. */
    static Chart comparing(Heading heading, ChartPlan plan, List<Chart.Line> lines) {
        Meaning meaning = plan.lines().get(0).figure().meaning();
        return new Chart(
                heading.group(),
                heading.title(),
                heading.note(),
                format(meaning),
                false,
                lines,
                plan.marks(),
                Glossary.termOf(meaning));
    }

    /** How the page's script writes the numbers of a chart. */
    private static String format(Meaning meaning) {
        return switch (meaning) {
            case RATE -> "scientific";
            case MEMORY -> "gibibytes";
            default -> meaning.isShare() ? "percent" : "number";
        };
    }

    private static double spread(List<Chart.Line> lines) {
        double[] values = lines.stream()
                .flatMap(line -> line.values().stream())
                .filter(value -> value != null)
                .mapToDouble(Double::doubleValue)
                .toArray();
        double least = Arrays.stream(values).min().orElse(1);
        return least > 0 ? Arrays.stream(values).max().orElse(1) / least : 1;
    }

    private static void addLine(List<Chart.Line> lines, RunView run, ChartPlan.Line line, String label, String colour) {
        Series series = run.metrics().series(line.name());
        boolean evaluation = line.evaluation();
        if (evaluation ? series.size() == 0 : series.size() < 2) {
            return;
        }
        Meaning meaning = line.figure().meaning();
        Series shown = thinned(withoutTies(line.figure(), series));
        boolean smooth = !evaluation && meaning != Meaning.RATE && meaning != Meaning.MEMORY;
        List<Double> low = new ArrayList<>();
        List<Double> high = new ArrayList<>();
        if (evaluation && meaning.scale() == Scale.SHARE_OF_ROWS) {
            addBand(run, shown, low, high);
        }
        lines.add(new Chart.Line(
                label, colour, evaluation, smooth, rounded(shown.steps()), rounded(shown.values()), low, high));
    }

    /** While policy and reference are the same, every pair is a tie: 0 at the start is no measurement. */
    private static Series withoutTies(Figure figure, Series series) {
        boolean ties = figure.tiedAtStart() && series.size() > 1 && series.first() == 0;
        return ties ? series.part(1, series.size()) : series;
    }

    private static void addBand(RunView run, Series rates, List<Double> low, List<Double> high) {
        if (run.evaluationRows() == 0) {
            return;
        }
        for (double rate : rates.values()) {
            if (!(rate >= 0 && rate <= 1)) {
                low.clear();
                high.clear();
                return;
            }
            Interval interval = Proportion.ofRate(rate, run.evaluationRows()).wilson(0.95);
            low.add(interval.low());
            high.add(interval.high());
        }
    }

    /** Reduces a series to at most 2,000 points: means of as many consecutive values as needed. */
    private static Series thinned(Series series) {
        int bucket = (series.size() + MOST_POINTS - 1) / MOST_POINTS;
        if (bucket <= 1) {
            return series;
        }
        int size = (series.size() + bucket - 1) / bucket;
        double[] steps = new double[size];
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            Series part = series.part(i * bucket, Math.min(series.size(), (i + 1) * bucket));
            steps[i] = part.steps()[part.size() - 1];
            values[i] = part.mean();
        }
        return new Series(steps, values);
    }

    private static List<@Nullable Double> rounded(double[] values) {
        List<@Nullable Double> rounded = new ArrayList<>();
        for (double value : values) {
            rounded.add(
                    Double.isFinite(value)
                            ? (Double) new BigDecimal(value)
                                    .round(new MathContext(6))
                                    .doubleValue()
                            : null);
        }
        return rounded;
    }

    /**
     * One chart, as the page's script draws it.
     *
     * @param group heading it is under
     * @param title short
     * @param note one sentence that says how to read it
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
         * Holds one line of a chart.
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
}
