package org.align4j.core.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.page.Details;
import org.align4j.core.report.Charts.Chart;
import org.align4j.core.report.method.ChartPlan;
import org.jspecify.annotations.Nullable;

/** Curves of a group of runs: for each option that varies, a line per value, with what other seeds make of it as a band. */
record GroupCurves(RunGroup group, List<RunView> views) {
    private static final String HEADING = "Curves by option";

    private static final String NOTE =
            "Mean of the runs with a value, whatever their other options; the band reaches from the lowest seed's mean"
                    + " to the highest.";

    /** Orders values as numbers where they are, else as text. */
    static final Comparator<String> BY_NUMBER =
            Comparator.comparingDouble(GroupCurves::number).thenComparing(Comparator.naturalOrder());

    /** Figures that each option has a chart of: the first of held-out rows and the first of steps that can be compared. */
    private static final int FIGURES = 2;

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException words) {
            return Double.POSITIVE_INFINITY;
        }
    }

    List<Chart> charts() {
        if (views.isEmpty()) {
            return List.of();
        }
        List<Chart> charts = new ArrayList<>();
        List<Plotted> figures = figures();
        List<String> options = group.varied().isEmpty() ? List.of("") : group.varied();
        for (String option : options) {
            Map<String, List<RunView>> byValue = new TreeMap<>(BY_NUMBER);
            views.forEach(view -> byValue.computeIfAbsent(value(view, option), unseen -> new ArrayList<>())
                    .add(view));
            if (byValue.size() <= Charts.COLOURS && (byValue.size() > 1 || option.isEmpty())) {
                figures.forEach(figure -> charts.add(chart(figure, option, byValue)));
            }
        }
        return charts;
    }

    private static String value(RunView view, String option) {
        return option.isEmpty()
                ? "mean of all runs"
                : option.equals("command")
                        ? view.command()
                        : Details.text(view.documents().config().get(option));
    }

    /** A figure that all runs have, on one scale. */
    private record Plotted(ChartPlan plan, ChartPlan.Line line) {}

    private List<Plotted> figures() {
        Comparability comparability = new Comparability(views);
        boolean sameRows = comparability.byRows().size() == 1;
        List<Plotted> figures = new ArrayList<>();
        for (boolean evaluation : new boolean[] {true, false}) {
            views.get(0).method().charts().stream()
                    .flatMap(plan -> plan.lines().stream().map(line -> new Plotted(plan, line)))
                    .filter(each -> each.line().evaluation() == evaluation && (!evaluation || sameRows))
                    .filter(each -> each.plan().question() == ChartPlan.Question.LEARNING)
                    .filter(each -> comparability.isComparable(each.line().figure()))
                    .filter(each -> views.stream()
                            .allMatch(view ->
                                    view.metrics().series(each.line().name()).size() > 1))
                    .limit(FIGURES / 2)
                    .forEach(figures::add);
        }
        return figures;
    }

    private static Chart chart(Plotted figure, String option, Map<String, List<RunView>> byValue) {
        List<Chart.Line> lines = new ArrayList<>();
        byValue.forEach((value, runs) ->
                lines.add(line(value, "run" + (lines.size() % Charts.COLOURS + 1), figure.line(), runs)));
        String by = option.isEmpty() ? "" : " by " + option;
        return Charts.comparing(
                new Charts.Heading(HEADING, Charts.title(figure.plan(), figure.line()) + by, NOTE),
                figure.plan(),
                lines);
    }

    private static Chart.Line line(String label, String colour, ChartPlan.Line line, List<RunView> runs) {
        Map<Double, Map<Object, List<Double>>> steps = new TreeMap<>();
        for (RunView run : runs) {
            Series series = run.metrics().series(line.name());
            Object seed = String.valueOf(run.documents().config().get("seed"));
            for (int i = 0; i < series.size(); i++) {
                steps.computeIfAbsent(series.steps()[i], unseen -> new LinkedHashMap<>())
                        .computeIfAbsent(seed, unseen -> new ArrayList<>())
                        .add(series.values()[i]);
            }
        }
        List<Double> at = new ArrayList<>();
        List<@Nullable Double> middle = new ArrayList<>();
        List<Double> low = new ArrayList<>();
        List<Double> high = new ArrayList<>();
        steps.forEach((step, seeds) -> {
            double[] means = seeds.values().stream()
                    .mapToDouble(values -> values.stream()
                            .mapToDouble(Double::doubleValue)
                            .average()
                            .orElse(Double.NaN))
                    .filter(Double::isFinite)
                    .toArray();
            if (means.length > 0) {
                at.add(step);
                middle.add(Arrays.stream(means).average().orElse(0));
                low.add(Arrays.stream(means).min().orElse(0));
                high.add(Arrays.stream(means).max().orElse(0));
            }
        });
        boolean seeded = steps.values().stream().anyMatch(seeds -> seeds.size() > 1);
        return new Chart.Line(
                label,
                colour,
                line.evaluation(),
                false,
                at,
                middle,
                seeded ? low : List.of(),
                seeded ? high : List.of());
    }
}
