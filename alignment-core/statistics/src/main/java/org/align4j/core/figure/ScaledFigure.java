package org.align4j.core.figure;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;

/**
 * A measured figure that knows what it can be compared with. Two figures are subtracted, averaged and ranked only where they measure one
 * thing, on one scale, of the same rows; else {@link InputException} says which of these differs, and no number is made.
 *
 * @param of whose figure it is, such as a run's name
 * @param basis what it is measured by
 * @param values {@code [rows]} of the rows; one value where only the figure of all rows is known
 */
@SuppressWarnings("ArrayRecordComponent") // compared by its basis, never by its values
public record ScaledFigure(String of, Basis basis, double[] values) {
    /** @throws IllegalArgumentException where there is no value */
    public ScaledFigure {
        if (values.length == 0) {
            throw new IllegalArgumentException("A figure has a value at least, but that of " + of + " has none.");
        }
    }

    /** Makes a figure of which only one number is known. */
    public static ScaledFigure of(String of, Basis basis, double value) {
        return new ScaledFigure(of, basis, new double[] {value});
    }

    /** Returns the mean over the rows. */
    public double mean() {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /**
     * Subtracts another figure, row by row.
     *
     * @throws InputException where the two can't be compared
     */
    public ScaledFigure minus(ScaledFigure other) {
        return with(of + " less " + other.of, other, (one, less) -> one - less);
    }

    /**
     * Compares the means of two figures by their size, as {@link Double#compare} does.
     *
     * @throws InputException where the two can't be compared
     */
    public int compare(ScaledFigure other) {
        requireLike(List.of(this, other));
        return Double.compare(mean(), other.mean());
    }

    /**
     * Averages figures, row by row.
     *
     * @throws InputException where two of them can't be compared
     */
    public static ScaledFigure mean(List<ScaledFigure> figures) {
        requireLike(figures);
        double[] sums = new double[figures.get(0).values.length];
        for (ScaledFigure figure : figures) {
            for (int row = 0; row < sums.length; row++) {
                sums[row] += figure.values[row];
            }
        }
        return new ScaledFigure(
                figures.stream().map(ScaledFigure::of).distinct().collect(Collectors.joining(", ")),
                figures.get(0).basis,
                Arrays.stream(sums).map(sum -> sum / figures.size()).toArray());
    }

    /**
     * Refuses figures of which two can't be compared.
     *
     * @throws InputException that says whose they are and what differs
     */
    public static void requireLike(List<ScaledFigure> figures) {
        for (ScaledFigure other : figures) {
            Optional<String> reason = figures.get(0).unlike(other);
            if (reason.isPresent()) {
                throw new InputException(reason.get());
            }
        }
    }

    /** Says in a sentence why another figure can't be compared with this one; empty where it can. */
    public Optional<String> unlike(ScaledFigure other) {
        if (values.length != other.values.length && basis.equals(other.basis)) {
            return Optional.of(format(
                    "%s has %,d values of %s and %s has %,d, so that they can't be compared row by row.",
                    of, values.length, basis.measure, other.of, other.values.length));
        }
        return basis.unlike(other.basis)
                .map(reason ->
                        format("%s of %s can't be compared with that of %s: %s.", basis.measure, of, other.of, reason));
    }

    private ScaledFigure with(String name, ScaledFigure other, DoubleBinaryOperator operator) {
        requireLike(List.of(this, other));
        double[] results = new double[values.length];
        Arrays.setAll(results, row -> operator.applyAsDouble(values[row], other.values[row]));
        return new ScaledFigure(name, basis, results);
    }

    /**
     * What a figure is measured by. Figures of equal bases can be compared.
     *
     * @param measure its name: {@code margin}, {@code eval_loss}
     * @param unit what it is in, such as {@code nats}; empty for a share, and where nobody says
     * @param scale what rescales it, by name, with its value: options such as {@code beta}, a judge, the contents of a reward's files
     * @param undecided options of the scale about which nobody declared whether they rescale the figure, so that they count as if
     * @param rows identity of the rows that it is measured of, such as a hash of their tokens; empty where nobody knows it
     */
    public record Basis(String measure, String unit, Map<String, String> scale, Set<String> undecided, String rows) {
        public Basis {
            scale = Collections.unmodifiableMap(new LinkedHashMap<>(scale));
            undecided = Set.copyOf(undecided);
        }

        /** Makes the basis of a figure that nothing rescales. */
        public static Basis of(String measure, String rows) {
            return new Basis(measure, "", Map.of(), Set.of(), rows);
        }

        /** Returns this basis with one more thing that rescales the figure. */
        public Basis on(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(scale);
            more.put(name, value);
            return new Basis(measure, unit, more, undecided, rows);
        }

        /** Says as a clause what differs between this basis and another one; empty where their figures can be compared. */
        public Optional<String> unlike(Basis other) {
            if (!measure.equals(other.measure)) {
                return Optional.of(format("%s is another figure than %s", measure, other.measure));
            }
            if (!unit.equals(other.unit)) {
                return Optional.of(format("one is in %s and the other in %s", named(unit), named(other.unit)));
            }
            List<String> rescaling = rescaling(List.of(this, other));
            if (!rescaling.isEmpty()) {
                Set<String> open = new LinkedHashSet<>(undecided);
                open.addAll(other.undecided);
                return Optional.of(
                        because(rescaling, open) + ", by which alone equal models would have unequal values");
            }
            return rows.equals(other.rows)
                    ? Optional.empty()
                    : Optional.of("they are of other rows, so that chance may explain their difference");
        }

        private static String named(String unit) {
            return unit.isEmpty() ? "no unit" : unit;
        }

        /** Names what differs between the scales of figures, in the order in which the first ones name it. */
        public static List<String> rescaling(List<Basis> bases) {
            Set<String> names = new LinkedHashSet<>();
            bases.forEach(basis -> names.addAll(basis.scale.keySet()));
            return names.stream()
                    .filter(name -> bases.stream()
                                    .map(basis -> basis.scale.getOrDefault(name, ""))
                                    .distinct()
                                    .count()
                            > 1)
                    .toList();
        }

        /** Says of what rescales figures that it differs: {@code beta and loss-weights differ}. */
        public static String because(List<String> names, Set<String> undecided) {
            String listed = names.size() < 2
                    ? String.join("", names)
                    : String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.get(names.size() - 1);
            List<String> open = new ArrayList<>(names);
            open.retainAll(undecided);
            return listed
                    + (names.size() == 1 ? " differs" : " differ")
                    + (open.isEmpty()
                            ? ""
                            : format(
                                    " (nobody declared whether %s %s figures, so it counts as if)",
                                    String.join(", ", open), open.size() == 1 ? "rescales" : "rescale"));
        }

        /** Returns what one part of a scale has in this basis; empty where it isn't in it. */
        public Map<String, String> only(List<String> names) {
            Map<String, String> part = new LinkedHashMap<>();
            names.forEach(name -> part.put(name, Objects.requireNonNullElse(scale.get(name), "")));
            return part;
        }
    }
}
