package org.align4j.core.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.align4j.core.figure.Figure;
import org.jspecify.annotations.Nullable;

/**
 * Figures by name, in the order in which they are written: one line of {@code metrics.jsonl}, or the part of it that
 * one component knows. Immutable; the names are those of the contract ({@code loss}, {@code rewards/margins} …).
 *
 * @param values name to figure, in order; NaN and infinities are allowed and written as {@code null}
 */
public record StepMetrics(Map<String, Double> values) {
    /** No figure yet: where a line begins. */
    public static final StepMetrics EMPTY = new StepMetrics(Map.of());

    public StepMetrics {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Returns these figures followed by one more, or with that one replaced in its place. */
    public StepMetrics with(String name, double value) {
        Map<String, Double> more = new LinkedHashMap<>(values);
        more.put(name, value);
        return new StepMetrics(more);
    }

    /** Returns these figures followed by a method's, or with that one replaced in its place. */
    public StepMetrics with(Figure figure, double value) {
        return with(figure.name(), value);
    }

    /** Returns these figures followed by the others; a figure of the same name is replaced in its place. */
    public StepMetrics with(StepMetrics others) {
        Map<String, Double> more = new LinkedHashMap<>(values);
        more.putAll(others.values);
        return new StepMetrics(more);
    }

    /** Returns these figures under longer names: {@code loss} becomes {@code eval_loss}. */
    public StepMetrics prefixed(String prefix) {
        Map<String, Double> renamed = new LinkedHashMap<>();
        values.forEach((name, value) -> renamed.put(prefix + name, value));
        return new StepMetrics(renamed);
    }

    /** The figure of that name, or empty where this line has none. */
    public OptionalDouble get(String name) {
        Double value = values.get(name);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** A method's figure, or empty where this line has none. */
    public OptionalDouble get(Figure figure) {
        return get(figure.name());
    }

    /** Counts as whole numbers, other figures in full precision, what isn't finite as null. */
    @JsonValue
    Map<String, @Nullable Number> json() {
        Map<String, @Nullable Number> json = new LinkedHashMap<>();
        values.forEach((name, value) -> json.put(name, number(name, value)));
        return json;
    }

    @JsonCreator
    static StepMetrics parse(Map<String, @Nullable Double> json) {
        Map<String, Double> values = new LinkedHashMap<>();
        json.forEach((name, value) -> values.put(name, value == null ? Double.NaN : value));
        return new StepMetrics(values);
    }

    private static @Nullable Number number(String name, double value) {
        if (!Double.isFinite(value)) {
            return null;
        }
        boolean count = name.equals("step") || name.startsWith("num_") || name.endsWith("_bytes");
        return count ? (Number) (long) value : (Number) value;
    }
}
