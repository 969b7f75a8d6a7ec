package org.align4j.desk;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.desk.SweptOption.Range;
import org.jspecify.annotations.Nullable;

/**
 * What Optuna knows of a parameter: a range of numbers, or choices of which a value is given by its place.
 *
 * @param name of Optuna's class
 * @param attributes of it
 */
record OptunaDistribution(String name, Map<String, @Nullable Object> attributes) {
    private static final String CHOICES = "choices";

    static OptunaDistribution of(SweptOption option) {
        Map<String, @Nullable Object> attributes = new LinkedHashMap<>();
        Range range = option.range();
        if (range == null) {
            attributes.put(
                    CHOICES,
                    option.values().stream().map(OptunaDistribution::choice).toList());
            return new OptunaDistribution("CategoricalDistribution", attributes);
        }
        attributes.put("log", range.logarithmic());
        attributes.put("step", range.whole() ? (Integer) 1 : null);
        attributes.put("low", range.whole() ? (Object) (long) range.low() : (Object) range.low());
        attributes.put("high", range.whole() ? (Object) (long) range.high() : (Object) range.high());
        return new OptunaDistribution(range.whole() ? "IntDistribution" : "FloatDistribution", attributes);
    }

    /** Choices are texts, numbers, truths or null: a list or mapping is its JSON. */
    private static @Nullable Object choice(@Nullable Object value) {
        if (value instanceof String text && text.matches("[+-]?\\d{1,18}")) {
            return Long.valueOf(text);
        }
        if (value instanceof String text && text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
            return Double.valueOf(text);
        }
        if (value instanceof String text && text.matches("true|false")) {
            return Boolean.valueOf(text);
        }
        return value instanceof List || value instanceof Map ? Json.text(value) : value;
    }

    /** Returns a value as the journal has it: the place among the choices, or the number. */
    double internal(@Nullable Object value) {
        return attributes.get(CHOICES) instanceof List<?> choices
                ? choices.indexOf(choice(value))
                : Double.parseDouble(SweepPlan.text(value));
    }

    /** Returns the distribution as the journal has it, JSON in a text. */
    String text() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", name);
        document.put("attributes", attributes);
        return Json.text(document);
    }
}
