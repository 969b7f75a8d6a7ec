package org.align4j.desk;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Better;
import org.align4j.core.figure.FigureScales;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.figure.ScaledFigure.Basis;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.report.method.MethodReport.MethodReports;
import org.align4j.core.run.Run;
import org.align4j.core.verdict.Evidence.Evaluations;
import org.align4j.core.verdict.RowMeasure;
import org.jspecify.annotations.Nullable;

/**
 * The figure that ranks a sweep's trials: a measure of the held-out rows, which no option scales, or any figure of the runs' metrics.
 *
 * @param command the training command
 * @param name of the figure; null for the first measure of the rows
 */
record SweepMetric(String command, @Nullable String name) {
    private List<String> measures() {
        return MethodReports.of(command).measures();
    }

    /**
     * Refuses a figure that the command's runs don't have.
     *
     * @throws InputException naming those that they may have
     */
    SweepMetric requireKnown() {
        MethodFigures figures = MethodReports.of(command).figures();
        Set<String> known = new LinkedHashSet<>(measures());
        figures.all().forEach(figure -> {
            known.add(figure.name());
            if (figure.evaluated()) {
                known.add(figure.evaluationName());
            }
        });
        if (name != null && !known.contains(name)) {
            throw new InputException(format(
                    "metric is %s but must be auto, a measure of the held-out rows (%s) or a figure of the metrics of"
                            + " align %s%s",
                    name, String.join(", ", measures()), command, Nearest.hint(name, known)));
        }
        return this;
    }

    /** Whether it is a measure of held-out rows, one value per row; it is meant where a figure of steps has its name. */
    boolean isOfRows() {
        return name == null || measures().contains(name);
    }

    /** Returns the figure of a run after a step; empty where it wasn't measured then. */
    OptionalDouble value(Run run, int step) throws IOException {
        if (isOfRows()) {
            Evaluations.At last = new ReportFiles(run.path()).evaluations().last();
            return last == null || last.step() != step
                    ? OptionalDouble.empty()
                    : measure(run).map(SweepMetric::mean).orElse(OptionalDouble.empty());
        }
        String figure = String.valueOf(name);
        List<Map<String, Double>> lines = run.metrics().lines();
        return lines.stream()
                .filter(line -> line.getOrDefault("step", -1.0) == step && line.containsKey(figure))
                .mapToDouble(line -> line.getOrDefault(figure, Double.NaN))
                .filter(Double::isFinite)
                .reduce((first, second) -> second);
    }

    private static OptionalDouble mean(RowMeasure measure) {
        double mean = Arrays.stream(measure.values()).average().orElse(Double.NaN);
        return Double.isFinite(mean) ? OptionalDouble.of(mean) : OptionalDouble.empty();
    }

    private Optional<RowMeasure> measure(Run run) throws IOException {
        return measures(run).stream()
                .filter(measure -> name == null || measure.figure().equals(name))
                .findFirst();
    }

    private static List<RowMeasure> measures(Run run) throws IOException {
        Evaluations evaluations = new ReportFiles(run.path()).evaluations();
        Evaluations.At first = evaluations.first();
        Evaluations.At last = evaluations.last();
        return first == null || last == null ? List.of() : last.rows().measures(first.rows());
    }

    /** Returns the mean of each measure of a run's held-out rows that is a number, by its name. */
    static Map<String, Double> means(Run run) throws IOException {
        return measures(run).stream()
                .filter(measure -> mean(measure).isPresent())
                .collect(Collectors.toMap(
                        RowMeasure::figure,
                        measure -> mean(measure).orElse(0),
                        (one, other) -> one,
                        LinkedHashMap::new));
    }

    /**
     * Returns the options among some by which alone equal models would have unequal values of this figure, so that it can't rank them; empty
     * where it can.
     *
     * @param varied the options that differ from run to run, seeds aside
     * @param options of one of the runs
     */
    List<String> rescaledBy(List<String> varied, Map<String, ?> options) {
        FigureScales scales = MethodReports.of(command)
                .of(Path.of("."), Collections.unmodifiableMap(new LinkedHashMap<>(options)))
                .scales();
        String figure = name != null ? name : measures().stream().findFirst().orElse("");
        return varied.stream().filter(option -> scales.rescales(option, figure)).toList();
    }

    /**
     * Returns what this figure is measured by in a run: the options that rescale it, with their values.
     *
     * @param varied the options that differ from run to run, seeds aside
     * @param options of the run
     */
    Basis basis(List<String> varied, Map<String, ?> options) {
        Basis basis = Basis.of(words(), "");
        for (String option : rescaledBy(varied, options)) {
            basis = basis.on(option, SweepPlan.text(options.get(option)));
        }
        return basis;
    }

    private String words() {
        return name == null ? measures().stream().findFirst().orElse("the metric") : name;
    }

    /** Returns whether the higher value is the better one, by a run that has been evaluated; empty where this one hasn't been. */
    Optional<Boolean> higherIsBetter(Run run) throws IOException {
        if (isOfRows()) {
            return measure(run).map(RowMeasure::higherIsBetter);
        }
        return Optional.of(MethodReports.of(command)
                .figures()
                .named(String.valueOf(name))
                .map(Figure::better)
                .map(better -> better != Better.LOWER)
                .orElse(true));
    }

    /** Says that this figure can't rank runs that differ in some options. */
    String unranked(List<String> options) {
        return format(
                "%s can't rank runs that differ in %s, by which alone equal models would have unequal values of it;"
                        + " choose another metric, or leave the option as it is.",
                words(), String.join(", ", options));
    }

    /** Returns the figure's name, by a run that has been evaluated. */
    String figure(Run run) throws IOException {
        return name != null ? name : measure(run).map(RowMeasure::figure).orElse("auto");
    }
}
