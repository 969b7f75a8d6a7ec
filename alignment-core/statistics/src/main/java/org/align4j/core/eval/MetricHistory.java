package org.align4j.core.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning;
import org.align4j.core.figure.MethodFigures;

/**
 * The lines of a run's {@code metrics.jsonl}: training steps, and evaluations (whose names start with {@code eval_}) as
 * lines of their own. {@code null} in the file, a number that was not finite, is NaN here.
 *
 * @param lines name to value in the file's order; each has {@code step}
 */
public record MetricHistory(List<Map<String, Double>> lines) {
    public MetricHistory {
        List<Map<String, Double>> copies = new ArrayList<>();
        for (Map<String, Double> line : lines) {
            copies.add(Collections.unmodifiableMap(new LinkedHashMap<>(line)));
        }
        lines = List.copyOf(copies);
    }

    /**
     * The values of one name over the steps.
     *
     * @param steps the step of each value, ascending
     * @param values NaN where the value was not finite
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Series(double[] steps, double[] values) {
        private static final int WINDOW = 5;

        /** Counts the values of the history. */
        public int size() {
            return values.length;
        }

        /** The first value, NaN when there is none. */
        public double first() {
            return size() == 0 ? Double.NaN : values[0];
        }

        /** The last value, NaN when there is none. */
        public double last() {
            return size() == 0 ? Double.NaN : values[size() - 1];
        }

        /** The last tenth, but at least five values where there are as many. */
        public Series recent() {
            return part(Math.max(0, size() - Math.max(5, size() / 10)), size());
        }

        /** The first values, at most five and at most half of them, so that {@link #closing} shares none; the only one where there is one. */
        public Series opening() {
            return part(0, window());
        }

        /** The last values, as many as {@link #opening} has first ones. */
        public Series closing() {
            return part(size() - window(), size());
        }

        private int window() {
            return Math.min(size(), Math.max(1, Math.min(WINDOW, size() / 2)));
        }

        /** Values {@code from} (inclusive) {@code to} (exclusive). */
        public Series part(int from, int to) {
            return new Series(Arrays.copyOfRange(steps, from, to), Arrays.copyOfRange(values, from, to));
        }

        /** Mean of the finite values, NaN when there is none. */
        public double mean() {
            return finite().average().orElse(Double.NaN);
        }

        /** Median of the finite values (the upper of the middle two), NaN when there is none. */
        public double median() {
            double[] sorted = finite().sorted().toArray();
            return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
        }

        /** Standard error of the mean over the finite values, NaN for fewer than two. */
        public double standardError() {
            double mean = mean();
            long count = finite().count();
            double squares =
                    finite().map(value -> (value - mean) * (value - mean)).sum();
            return count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1) / count);
        }

        private DoubleStream finite() {
            return Arrays.stream(values).filter(Double::isFinite);
        }
    }

    /** The values of a name, empty when it never occurs. */
    public Series series(String name) {
        List<Map<String, Double>> with =
                lines.stream().filter(line -> line.containsKey(name)).toList();
        double[] steps = new double[with.size()];
        double[] values = new double[with.size()];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = with.get(i).getOrDefault("step", Double.NaN);
            values[i] = with.get(i).getOrDefault(name, Double.NaN);
        }
        return new Series(steps, values);
    }

    /** The values of a figure over the steps, empty when it never occurs. */
    public Series steps(Figure figure) {
        return series(figure.name());
    }

    /** The values of a figure over the evaluations, empty when it never occurs. */
    public Series evaluations(Figure figure) {
        return series(figure.evaluationName());
    }

    /** The values of a figure over the evaluations where there are two or more, else over the steps. */
    public Series evaluationsElseSteps(Figure figure) {
        Series held = evaluations(figure);
        return held.size() < 2 ? steps(figure) : held;
    }

    /** The values over the steps of the first figure of a meaning that occurs; empty when none does. */
    public Series steps(MethodFigures figures, Meaning meaning) {
        return firstOf(figures.meaning(meaning).stream().map(this::steps));
    }

    /** The values over the evaluations of the first figure of a meaning that occurs; empty when none does. */
    public Series evaluations(MethodFigures figures, Meaning meaning) {
        return firstOf(figures.meaning(meaning).stream().map(this::evaluations));
    }

    private static Series firstOf(Stream<Series> some) {
        return some.filter(series -> series.size() > 0)
                .findFirst()
                .orElseGet(() -> new Series(new double[0], new double[0]));
    }

    /** All names that occur, in the order they first do. */
    public Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        lines.forEach(line -> names.addAll(line.keySet()));
        return names;
    }

    /** The number of the last training step, 0 when there is none. */
    public int lastStep() {
        return (int) lines.stream()
                .filter(line -> line.keySet().stream().noneMatch(name -> name.startsWith(Figure.EVALUATION)))
                .mapToDouble(line -> line.getOrDefault("step", 0.0))
                .max()
                .orElse(0);
    }
}
