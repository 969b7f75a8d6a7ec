package org.align4j.core.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.template.python.Repr;
import org.jspecify.annotations.Nullable;

/**
 * Something that a conversation says, and the ways in which a template may write it.
 *
 * @param ways how it may be written; one of them must occur
 * @param word whether it is a word of its own, so that it isn't found within a longer one
 */
record ExpectedText(List<String> ways, boolean word) {

    /** Text, which may be anywhere. */
    static ExpectedText text(String text) {
        return new ExpectedText(List.of(text), false);
    }

    /** A name, a number or a truth, in any of several ways to write it. */
    static ExpectedText word(String... ways) {
        return new ExpectedText(List.of(ways), true);
    }

    /** A value as what it is made of: keys, texts, numbers, truths. Nulls may be left out, so they aren't looked for. */
    static List<ExpectedText> leaves(@Nullable Object value) {
        List<ExpectedText> leaves = new ArrayList<>();
        addLeaves(value, leaves);
        return leaves;
    }

    private static void addLeaves(@Nullable Object value, List<ExpectedText> leaves) {
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, item) -> {
                leaves.add(word(String.valueOf(key)));
                addLeaves(item, leaves);
            });
        } else if (value instanceof List<?> list) {
            list.forEach(item -> addLeaves(item, leaves));
        } else if (value instanceof Boolean truth) {
            leaves.add(truth ? word("true", "True") : word("false", "False"));
        } else if (value instanceof Double || value instanceof Float || value instanceof BigDecimal) {
            leaves.add(word(Repr.number(((Number) value).doubleValue()), value.toString()));
        } else if (value instanceof Number) {
            leaves.add(word(value.toString()));
        } else if (value != null) {
            leaves.add(text(value.toString()));
        }
    }

    /** What a tool's JSON schema says: names, descriptions, and the values of enumerations; the rest is its grammar. */
    static List<ExpectedText> ofTool(@Nullable Object tool) {
        List<ExpectedText> told = new ArrayList<>();
        addTold(tool, told);
        return told;
    }

    private static void addTold(@Nullable Object schema, List<ExpectedText> told) {
        if (schema instanceof String text) {
            Object parsed = parsed(text);
            if (parsed instanceof Map) {
                addTold(parsed, told);
            } else {
                told.add(word(text));
            }
        } else if (schema instanceof List<?> list) {
            list.stream().filter(item -> !(item instanceof String)).forEach(item -> addTold(item, told));
        } else if (schema instanceof Map<?, ?> map) {
            map.forEach((key, value) -> addTold(String.valueOf(key), value, told));
        }
    }

    private static void addTold(String key, @Nullable Object value, List<ExpectedText> told) {
        if (key.equals("enum") && value instanceof List<?> values) {
            values.stream().filter(String.class::isInstance).forEach(item -> told.addAll(leaves(item)));
        } else if (key.equals("properties") && value instanceof Map<?, ?> properties) {
            properties.forEach((name, schema) -> {
                told.add(word(String.valueOf(name)));
                addTold(schema, told);
            });
        } else if (value instanceof String text) {
            if (key.equals("name")) {
                told.add(word(text));
            } else if (key.equals("description")) {
                told.add(text(text));
            }
        } else {
            addTold(value, told);
        }
    }

    /** Arguments of a call: an object, or the same as JSON text. */
    static List<ExpectedText> arguments(@Nullable Object arguments) {
        return arguments instanceof String text ? leaves(parsed(text)) : leaves(arguments);
    }

    /** What JSON text stands for; the text where it is no JSON. */
    static @Nullable Object parsed(String text) {
        try {
            return ModelJson.MAPPER.readValue(text, Object.class);
        } catch (JsonProcessingException e) {
            return text;
        }
    }
}
