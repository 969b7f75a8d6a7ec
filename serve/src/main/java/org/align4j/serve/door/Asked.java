package org.align4j.serve.door;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.align4j.core.error.Shortened;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * An object of a request, whose fields are read with OpenAI's words for what is wrong with them; null is as good as left out.
 *
 * @param path of the object in the request, such as {@code method.dpo}; empty for the request itself
 */
public record Asked(String path, JsonNode node) {
    private static final int BAD_REQUEST = 400;

    /** Reads a request's body. */
    public static Asked request(JsonNode body) {
        if (!body.isObject()) {
            throw refusal("The request's body must be a JSON object.", null, "invalid_type");
        }
        return new Asked("", body);
    }

    /** Returns a refusal of status 400 about a field, with the word for the kind of mistake. */
    public static Refusal refusal(String message, @Nullable String param, @Nullable String code) {
        return new Refusal(BAD_REQUEST, message).about(param, code);
    }

    /** Returns the name of a field as OpenAI writes it in {@code param}. */
    public String at(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    private static String shown(JsonNode value) {
        return String.valueOf(Shortened.of(value.isTextual() ? value.textValue() : value.toString()));
    }

    /** Refuses a field that nobody knows. */
    public Asked requireKnown(Collection<String> known) {
        node.fieldNames().forEachRemaining(field -> {
            if (!known.contains(field)) {
                throw refusal("Unknown parameter: '" + Shortened.of(at(field)) + "'.", at(field), "unknown_parameter");
            }
        });
        return this;
    }

    /** Whether a field is there and isn't null. */
    public boolean has(String field) {
        return node.hasNonNull(field);
    }

    /** Returns a field's value as it came; null where it is left out. */
    public @Nullable JsonNode value(String field) {
        return has(field) ? node.get(field) : null;
    }

    /** Returns the refusal of a field that is needed and left out. */
    public Refusal missing(String field) {
        return refusal("Missing required parameter: '" + at(field) + "'.", at(field), "missing_required_parameter");
    }

    /** Returns the refusal of a field whose value is of another kind than the wanted one. */
    public Refusal type(String field, String wanted) {
        String given = switch (node.path(field).getNodeType()) {
            case STRING -> "a string";
            case NUMBER -> node.path(field).isIntegralNumber() ? "an integer" : "a decimal number";
            case BOOLEAN -> "a boolean";
            case ARRAY -> "an array";
            default -> "an object";
        };
        return refusal(
                "Invalid type for '" + at(field) + "': expected " + wanted + ", but got " + given + " instead.",
                at(field),
                "invalid_type");
    }

    /** Returns a text of at most so many characters; null where it is left out. */
    public @Nullable String text(String field, int longest) {
        if (!has(field)) {
            return null;
        }
        JsonNode value = node.get(field);
        if (!value.isTextual()) {
            throw type(field, "a string");
        }
        int length = value.textValue().length();
        if (length > longest) {
            throw refusal(
                    "Invalid '" + at(field) + "': string too long. Expected a string with maximum length " + longest
                            + ", but got a string with length " + length + " instead.",
                    at(field),
                    "string_above_max_length");
        }
        if (length == 0) {
            throw refusal(
                    "Invalid '" + at(field)
                            + "': empty string. Expected a string with minimum length 1, but got an empty string instead.",
                    at(field),
                    "empty_string");
        }
        return value.textValue();
    }

    /** Returns a text that must be there. */
    public String requiredText(String field, int longest) {
        String text = text(field, longest);
        if (text == null) {
            throw missing(field);
        }
        return text;
    }

    /** Returns one of some words; null where it is left out. */
    public @Nullable String word(String field, List<String> words) {
        String text = text(field, 1000);
        if (text != null && !words.contains(text)) {
            throw refusal(
                    "Invalid value: '" + Shortened.of(text) + "'. Supported values are: "
                            + words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(", ")) + ".",
                    at(field),
                    "invalid_value");
        }
        return text;
    }

    /** Returns a whole number within bounds; null where it is left out. */
    public @Nullable Long whole(String field, long least, long most) {
        if (!has(field)) {
            return null;
        }
        JsonNode value = node.get(field);
        if (!value.isIntegralNumber()) {
            throw type(field, "an integer");
        }
        if (!value.canConvertToLong() || value.longValue() > most) {
            throw bound(field, "integer above maximum value", "<= " + most, "integer_above_max_value");
        }
        if (value.longValue() < least) {
            throw bound(field, "integer below minimum value", ">= " + least, "integer_below_min_value");
        }
        return value.longValue();
    }

    /** Returns a number above 0; null where it is left out. */
    public @Nullable Double positive(String field, double most) {
        Double value = decimal(field, Double.NEGATIVE_INFINITY, most);
        if (value != null && !(value > 0)) {
            throw bound(field, "decimal below minimum value", "> 0", "decimal_below_min_value");
        }
        return value;
    }

    /** Returns a number within bounds, which may be reached; null where it is left out. */
    public @Nullable Double decimal(String field, double least, double most) {
        if (!has(field)) {
            return null;
        }
        JsonNode value = node.get(field);
        if (!value.isNumber()) {
            throw type(field, "a number");
        }
        if (!(value.doubleValue() <= most) || Double.isInfinite(value.doubleValue())) {
            throw bound(field, "decimal above maximum value", "<= " + most, "decimal_above_max_value");
        }
        if (!(value.doubleValue() >= least)) {
            throw bound(field, "decimal below minimum value", ">= " + least, "decimal_below_min_value");
        }
        return value.doubleValue();
    }

    /** Returns whether a field is true; null where it is left out. */
    public @Nullable Boolean truth(String field) {
        if (!has(field)) {
            return null;
        }
        if (!node.get(field).isBoolean()) {
            throw type(field, "a boolean");
        }
        return node.get(field).booleanValue();
    }

    private Refusal bound(String field, String what, String expected, String code) {
        return refusal(
                "Invalid '" + at(field) + "': " + what + ". Expected a value " + expected + ", but got "
                        + shown(node.get(field)) + " instead.",
                at(field),
                code);
    }

    /** Returns an object's field; null where it is left out. */
    public @Nullable Asked object(String field) {
        if (!has(field)) {
            return null;
        }
        if (!node.get(field).isObject()) {
            throw type(field, "an object");
        }
        return new Asked(at(field), node.get(field));
    }

    /** Returns pairs of texts; empty where they are left out. */
    public Map<String, String> pairs(String field, Metadata bounds) {
        Asked object = object(field);
        if (object == null) {
            return Map.of();
        }
        if (object.node.size() > bounds.pairs()) {
            throw refusal(
                    "Invalid '" + at(field) + "': too many properties. Expected an object with at most "
                            + bounds.pairs() + " properties, but got an object with " + object.node.size()
                            + " properties instead.",
                    at(field),
                    "object_above_max_properties");
        }
        Map<String, String> pairs = new LinkedHashMap<>();
        object.node.fieldNames().forEachRemaining(key -> {
            if (key.length() > bounds.key()) {
                throw refusal(
                        "Invalid property name in '" + at(field)
                                + "': string too long. Expected a string with maximum length " + bounds.key()
                                + ", but got a string with length " + key.length() + " instead.",
                        at(field),
                        "string_above_max_length");
            }
            JsonNode value = object.node.get(key);
            if (!value.isTextual()) {
                throw object.type(key, "a string");
            }
            String text = value.textValue().isEmpty() ? "" : object.text(key, bounds.value());
            pairs.put(key, String.valueOf(text));
        });
        return pairs;
    }

    /**
     * Bounds of a request's notes.
     *
     * @param pairs how many
     * @param key a key's longest length
     * @param value a value's longest length
     */
    public record Metadata(int pairs, int key, int value) {}

    /** Refuses an object that holds two fields of which one is meant. */
    public void requireOnly(String field, Set<String> others) {
        for (String other : others) {
            if (!other.equals(field) && has(other)) {
                throw refusal(
                        "'" + at(other) + "' is given, but '" + at("type") + "' is '" + field + "'; drop one of them.",
                        at(other),
                        "invalid_value");
            }
        }
    }
}
