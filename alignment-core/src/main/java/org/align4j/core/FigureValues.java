package org.align4j.core;

import java.util.Map;
import java.util.OptionalDouble;
import org.align4j.core.error.InputException;

/**
 * Figures of a step or an evaluation by name, as a run's {@code metrics.jsonl} has them: {@code loss}, {@code rewards/accuracies} …
 *
 * @param values in the order in which they are written; NaN where one isn't finite
 */
public record FigureValues(Map<String, Double> values) {
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
}
