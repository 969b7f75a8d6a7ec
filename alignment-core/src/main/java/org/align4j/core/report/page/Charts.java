package org.align4j.core.report.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Proportion;
import org.jspecify.annotations.Nullable;

/** Which charts a run's metrics allow: a chart stands where at least one of its names occurs with two values. */
final class Charts {
    private static final int MOST_POINTS = 2000;

    private Charts() {}

    /** All charts of one run. */
    static List<Chart> of(RunView run) {
        List<Chart> charts = new ArrayList<>();
        for (ChartPlan plan : ChartPlan.ALL) {
            List<Chart.Line> lines = new ArrayList<>();
            for (ChartPlan.Source source : plan.sources()) {
                addLine(lines, run, source.name(), source.label(), source.colour());
            }
            if (plan.title().equals("Loss")) {
                addPartsOfMix(lines, run);
            }
            Captions captions = run.captions();
            addChart(
                    charts,
                    new ChartPlan(
                            plan.group(), captions.title(plan), captions.note(plan), plan.format(), plan.sources()),
                    lines);
        }
        return charts;
    }

    /** The charts that make sense across runs: of each plan one line a run, evaluation where all have it. */
    static List<Chart> across(List<RunView> runs) {
        List<Chart> charts = new ArrayList<>();
        for (ChartPlan plan : ChartPlan.ALL) {
            ChartPlan.Source best = null;
            for (ChartPlan.Source source : plan.sources()) {
                boolean all = runs.stream()
                        .allMatch(run -> run.metrics().series(source.name()).size() > 1);
                boolean better = best == null
                        || (source.name().startsWith("eval_") && !best.name().startsWith("eval_"));
                best = all && better ? source : best;
            }
            if (best != null) {
                String title = plan.title() + ", " + best.label();
                ChartPlan one = new ChartPlan(plan.group(), title, note(plan, runs), plan.format(), List.of(best));
                addChart(charts, one, lines(runs, best.name()));
            }
        }
        return charts;
    }

    /** That of the runs where they agree. */
    private static String note(ChartPlan plan, List<RunView> runs) {
        List<String> notes =
                runs.stream().map(run -> run.captions().note(plan)).distinct().toList();
        return notes.size() == 1 ? notes.get(0) : plan.note();
    }

    private static List<Chart.Line> lines(List<RunView> runs, String name) {
        List<Chart.Line> lines = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            addLine(lines, runs.get(i), name, runs.get(i).name(), "run" + (i % 6 + 1));
        }
        return lines;
    }

    private static void addChart(List<Chart> charts, ChartPlan plan, List<Chart.Line> lines) {
        if (lines.stream().anyMatch(line -> line.steps().size() > 1)) {
            boolean logarithmic = plan.title().startsWith("Gradient norm") && spread(lines) > 50;
            charts.add(new Chart(plan.group(), plan.title(), plan.note(), plan.format(), logarithmic, lines));
        }
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

    private static void addPartsOfMix(List<Chart.Line> lines, RunView run) {
        int colour = 2;
        for (String name : run.metrics().names()) {
            if (name.startsWith("loss/") && !name.equals("loss/policy") && !name.equals("loss/value")) {
                addLine(lines, run, name, name.substring(5), "run" + (colour++ % 6 + 1));
            }
        }
    }

    private static void addLine(List<Chart.Line> lines, RunView run, String name, String label, String colour) {
        Series series = run.metrics().series(name);
        boolean evaluation = name.startsWith("eval_");
        if (evaluation ? series.size() == 0 : series.size() < 2) {
            return;
        }
        Series shown = thinned(withoutTies(name, series));
        boolean smooth = !evaluation && !name.endsWith("learning_rate") && !name.equals("peak_memory_bytes");
        List<Double> low = new ArrayList<>();
        List<Double> high = new ArrayList<>();
        if (evaluation && (name.endsWith("/accuracies") || name.equals("eval_accuracy"))) {
            addBand(run, shown, low, high);
        }
        lines.add(new Chart.Line(
                label, colour, evaluation, smooth, rounded(shown.steps()), rounded(shown.values()), low, high));
    }

    /** While policy and reference are the same, every pair is a tie: 0 at the start is no measurement. */
    private static Series withoutTies(String name, Series series) {
        boolean ties = name.endsWith("rewards/accuracies") && series.size() > 1 && series.first() == 0;
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

    /** At most 2,000 points: means of as many consecutive values as needed. */
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
}
