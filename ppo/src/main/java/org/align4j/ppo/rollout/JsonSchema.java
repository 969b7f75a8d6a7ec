package org.align4j.ppo.rollout;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Nearest;
import org.align4j.core.error.Shortened;
import org.align4j.core.pattern.UserPattern;

/**
 * A schema of JSON documents: the keywords of JSON Schema 2020-12 that describe a document by itself. References, formats and conditions
 * aren't among them; a keyword that isn't known is refused.
 *
 * @param schema true, false, or an object of keywords, all of which are known
 */
record JsonSchema(JsonNode schema) {
    private static final Set<String> NOTES =
            Set.of("$schema", "$id", "$comment", "title", "description", "examples", "default");
    private static final Set<String> TYPES =
            Set.of("object", "array", "string", "number", "integer", "boolean", "null");
    private static final Set<String> COUNTS =
            Set.of("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties");
    private static final Set<String> BOUNDS =
            Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");
    private static final Set<String> CHOICES = Set.of("anyOf", "allOf", "oneOf");
    private static final Set<String> OTHERS = Set.of(
            "type",
            "enum",
            "const",
            "pattern",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "uniqueItems",
            "not");
    private static final double EXACT = 1e-9;

    /**
     * Reads a schema.
     *
     * @param place as the start of a sentence: the file and what in it holds the schema
     * @throws InputException naming a keyword that isn't known, or whose value is none
     */
    static JsonSchema of(String place, JsonNode schema) {
        require(place, schema);
        return new JsonSchema(schema);
    }

    private static void require(String place, JsonNode schema) {
        if (schema.isBoolean()) {
            return;
        }
        if (!schema.isObject()) {
            throw new InputException(
                    place + " must be a schema, an object of keywords or a boolean, not " + Shortened.of(schema) + ".");
        }
        for (Map.Entry<String, JsonNode> entry : schema.properties()) {
            require(place, entry.getKey(), entry.getValue());
        }
    }

    private static void require(String place, String keyword, JsonNode value) {
        String at = place + "." + keyword;
        if (NOTES.contains(keyword)) {
            return;
        }
        if (COUNTS.contains(keyword)) {
            must(value.isInt() && value.asInt() >= 0, at, "a whole number of 0 or more");
        } else if (BOUNDS.contains(keyword)) {
            must(value.isNumber() && (!keyword.equals("multipleOf") || value.asDouble() > 0), at, "a number");
        } else if (CHOICES.contains(keyword)) {
            must(value.isArray() && !value.isEmpty(), at, "a list of schemas");
            value.forEach(each -> require(at, each));
        } else if (OTHERS.contains(keyword)) {
            requireOther(at, keyword, value);
        } else {
            Set<String> known = new HashSet<>(OTHERS);
            List.of(NOTES, COUNTS, BOUNDS, CHOICES).forEach(known::addAll);
            throw new InputException(place + " has the keyword " + Shortened.of(keyword) + ", which isn't known here"
                    + Nearest.hint(keyword, known));
        }
    }

    private static void requireOther(String at, String keyword, JsonNode value) {
        switch (keyword) {
            case "type" -> {
                must(value.isTextual() || (value.isArray() && !value.isEmpty()), at, "a type or a list of types");
                types(value).forEachRemaining(type -> must(TYPES.contains(type.asText()), at, "one of " + TYPES));
            }
            case "enum", "required" -> must(value.isArray(), at, "a list");
            case "pattern" -> {
                must(value.isTextual(), at, "a regular expression");
                UserPattern.of(at, value.asText());
            }
            case "properties" -> {
                must(value.isObject(), at, "an object of schemas");
                value.properties().forEach(each -> require(at + "." + each.getKey(), each.getValue()));
            }
            case "additionalProperties", "items", "not" -> require(at, value);
            case "uniqueItems" -> must(value.isBoolean(), at, "true or false");
            default -> {} // const: any value
        }
    }

    private static void must(boolean right, String at, String required) {
        if (!right) {
            throw new InputException(at + " must be " + required + ".");
        }
    }

    private static Iterator<JsonNode> types(JsonNode type) {
        return type.isArray() ? type.elements() : List.of(type).iterator();
    }

    /** Returns whether a document is as the schema has it. */
    boolean holds(JsonNode document) {
        return holds(schema, document);
    }

    private static boolean holds(JsonNode schema, JsonNode value) {
        if (schema.isBoolean()) {
            return schema.asBoolean();
        }
        return schema.properties().stream().allMatch(entry -> holds(schema, entry.getKey(), entry.getValue(), value));
    }

    private static boolean holds(JsonNode schema, String keyword, JsonNode said, JsonNode value) {
        return switch (keyword) {
            case "type" -> isOfType(said, value);
            case "enum" -> said.valueStream().anyMatch(each -> isEqual(each, value));
            case "const" -> isEqual(said, value);
            case "anyOf" -> said.valueStream().anyMatch(each -> holds(each, value));
            case "allOf" -> said.valueStream().allMatch(each -> holds(each, value));
            case "oneOf" ->
                said.valueStream().filter(each -> holds(each, value)).count() == 1;
            case "not" -> !holds(said, value);
            case "minimum" -> !value.isNumber() || value.asDouble() >= said.asDouble();
            case "maximum" -> !value.isNumber() || value.asDouble() <= said.asDouble();
            case "exclusiveMinimum" -> !value.isNumber() || value.asDouble() > said.asDouble();
            case "exclusiveMaximum" -> !value.isNumber() || value.asDouble() < said.asDouble();
            case "multipleOf" -> !value.isNumber() || isWhole(value.asDouble() / said.asDouble());
            case "minLength" -> !value.isTextual() || length(value) >= said.asInt();
            case "maxLength" -> !value.isTextual() || length(value) <= said.asInt();
            case "pattern" ->
                !value.isTextual() || UserPattern.of("pattern", said.asText()).isIn(value.asText());
            case "minItems" -> !value.isArray() || value.size() >= said.asInt();
            case "maxItems" -> !value.isArray() || value.size() <= said.asInt();
            case "uniqueItems" -> !value.isArray() || !said.asBoolean() || isUnique(value);
            case "items" -> !value.isArray() || value.valueStream().allMatch(each -> holds(said, each));
            case "minProperties" -> !value.isObject() || value.size() >= said.asInt();
            case "maxProperties" -> !value.isObject() || value.size() <= said.asInt();
            case "required" -> !value.isObject() || said.valueStream().allMatch(name -> value.has(name.asText()));
            case "properties" ->
                !value.isObject()
                        || said.properties().stream()
                                .allMatch(each ->
                                        !value.has(each.getKey()) || holds(each.getValue(), value.get(each.getKey())));
            case "additionalProperties" ->
                !value.isObject()
                        || value.properties().stream()
                                .allMatch(each ->
                                        schema.path("properties").has(each.getKey()) || holds(said, each.getValue()));
            default -> true;
        };
    }

    private static boolean isOfType(JsonNode types, JsonNode value) {
        Iterator<JsonNode> each = types(types);
        while (each.hasNext()) {
            boolean is = switch (each.next().asText()) {
                case "object" -> value.isObject();
                case "array" -> value.isArray();
                case "string" -> value.isTextual();
                case "number" -> value.isNumber();
                case "integer" -> value.isNumber() && value.asDouble() == Math.rint(value.asDouble());
                case "boolean" -> value.isBoolean();
                default -> value.isNull();
            };
            if (is) {
                return true;
            }
        }
        return false;
    }

    private static boolean isWhole(double quotient) {
        return Math.abs(quotient - Math.rint(quotient)) < EXACT;
    }

    private static long length(JsonNode text) {
        return text.asText().codePoints().count();
    }

    private static boolean isUnique(JsonNode array) {
        for (int i = 0; i < array.size(); i++) {
            for (int j = i + 1; j < array.size(); j++) {
                if (isEqual(array.get(i), array.get(j))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Numbers are equal by value: 1 and 1.0 are. */
    private static boolean isEqual(JsonNode one, JsonNode other) {
        return one.equals(
                (first, second) -> first.isNumber() && second.isNumber()
                        ? Double.compare(first.asDouble(), second.asDouble())
                        : (first.equals(second) ? 0 : 1),
                other);
    }
}
