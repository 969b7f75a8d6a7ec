package org.align4j.core.figure;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.figure.Figure.Meaning;

/**
 * The figures of a method's runs.
 *
 * @param all its own, in the order in which it names them, then those of every run
 */
public record MethodFigures(List<Figure> all) {
    private static final List<Figure> OF_EVERY_RUN = List.of(
            LoopFigures.LOSS,
            LoopFigures.GRADIENT_NORM,
            LoopFigures.LEARNING_RATE,
            LoopFigures.TOKENS_PER_SECOND,
            LoopFigures.PEAK_MEMORY,
            LoopFigures.GUARD_PERPLEXITY);

    public MethodFigures {
        all = List.copyOf(all);
    }

    /** Joins a method's own figures and those of every run. */
    public static MethodFigures of(List<Figure> own) {
        return new MethodFigures(
                Stream.concat(own.stream(), OF_EVERY_RUN.stream()).distinct().toList());
    }

    /** The figures of a meaning, in order. */
    public List<Figure> meaning(Meaning meaning) {
        return all.stream().filter(figure -> figure.meaning() == meaning).toList();
    }

    /** The figure of that name, of a step or of an evaluation. */
    public Optional<Figure> named(String name) {
        return all.stream()
                .filter(figure ->
                        figure.name().equals(name) || figure.evaluationName().equals(name))
                .findFirst();
    }

    /** The figures that are in the report's table, in its order. */
    public List<Figure> captioned() {
        return all.stream()
                .filter(figure -> !figure.caption().isEmpty())
                .sorted(Comparator.comparing(Figure::meaning))
                .toList();
    }

    /** The names of the figures that evaluation rows give. */
    public static List<String> ofRows(List<Figure> own) {
        return own.stream().filter(Figure::evaluated).map(Figure::name).toList();
    }
}
