package org.align4j.core;

import static org.align4j.core.error.RootFormat.format;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;

/**
 * Figures of a step or an evaluation by name, as a run's {@code metrics.jsonl} has them: {@code loss}, {@code rewards/accuracies} …
 *
 * @param values in the order in which they are written; NaN where one isn't finite
 */
public record FigureValues(Map<String, Double> values) {
    private static final int SHOWN = 12;

    /**
     * Returns the figure of a name.
     *
     * @throws InputException where there is none, with the names there are
     */
    public double get(String name) {
        return find(name)
                .orElseThrow(() -> new InputException(
                        "There is no figure " + name + "; there are " + String.join(", ", values.keySet()) + "."));
    }

    /** Returns the figure of a name where there is one. */
    public OptionalDouble find(String name) {
        Double value = values.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** The mean loss over the rows. */
    public double loss() {
        return get("loss");
    }

    /** Writes the first figures, to four digits, and how many more there are. */
    @Override
    public String toString() {
        return "FigureValues[" + text() + "]";
    }

    String text() {
        String first = values.entrySet().stream()
                .limit(SHOWN)
                .map(figure -> format("%s %.4g", figure.getKey(), figure.getValue()))
                .collect(Collectors.joining(", "));
        return values.size() <= SHOWN ? first : format("%s, and %d more", first, values.size() - SHOWN);
    }
}
