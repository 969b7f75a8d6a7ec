package org.align4j.core.family;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.model.Activation;

/** A model's {@code config.json}, read field by field with errors that name file and field. */
public final class ConfigJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> PLANNED = Set.of(
            "num_hidden_layers",
            "n_layer",
            "num_nextn_predict_layers",
            "n_routed_experts",
            "num_local_experts",
            "num_experts");
    private static final int MOST_PLANNED = 1024;
    private static final int MOST_EXPERTS = 1 << 15;

    private final String where;
    private final JsonNode node;

    private ConfigJson(String where, JsonNode node) {
        this.where = where;
        this.node = node;
    }

    /**
     * Reads a model's config.json.
     *
     * @throws InputException where the file is missing or is no JSON object
     */
    public static ConfigJson read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InputException(
                    file + " is missing; a model directory needs config.json, weights and a tokenizer.");
        }
        try {
            JsonNode node = JSON.readTree(Files.readAllBytes(file));
            if (node == null || !node.isObject()) {
                throw new InputException(file + " must hold one JSON object.");
            }
            return new ConfigJson(file.toString(), node);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new InputException(file + ":" + line + ": broken JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InputException(file + " can't be read: " + FileFailure.reason(e), e);
        }
    }

    /** The architecture's class name, the first of {@code architectures}. */
    public String architecture() {
        JsonNode list = node.path("architectures");
        if (!list.isArray() || list.isEmpty()) {
            throw error("\"architectures\" is missing; it must name the model's class, such as LlamaForCausalLM.");
        }
        return list.get(0).asText();
    }

    /**
     * Refuses weights that are held in a form that is not read: of the quantised ones only 8-bit floats are, E4M3 with scales of
     * blocks, as DeepSeek-V3 is published.
     *
     * @throws InputException naming the form and what to do
     */
    public void requireReadableWeights() {
        JsonNode quantized = node.path("quantization_config");
        if (quantized.isObject()) {
            QuantizedForm.of(quantized).ifPresent(problem -> {
                throw error("\"quantization_config\" " + problem);
            });
        }
    }

    /** Lists for people who train what the config asks of training and is not done, a line each. */
    public List<String> notes() {
        return node.path("output_router_logits").asBoolean()
                ? List.of("\"output_router_logits\" of " + where
                        + " asks for a loss that balances experts; it is not added:"
                        + " the loss is that of the method alone.")
                : List.of();
    }

    /** Returns {@code model_type}, such as llama; empty where the file names none. */
    public String modelType() {
        return text("model_type", "");
    }

    /** How many scores a classification head gives: {@code num_labels}, or as many as have names; 2 where nothing says so. */
    int labels() {
        if (has("num_labels")) {
            return count("num_labels");
        }
        for (String names : List.of("id2label", "label2id")) {
            if (node.path(names).isObject() && !node.path(names).isEmpty()) {
                return node.path(names).size();
            }
        }
        return 2;
    }

    Optional<ConfigJson> child(String name) {
        JsonNode child = node.path(name);
        return child.isObject() ? Optional.of(new ConfigJson(where + ": " + name, child)) : Optional.empty();
    }

    ConfigJson empty() {
        return new ConfigJson(where, JsonNodeFactory.instance.objectNode());
    }

    /** Returns this config with values for the fields that are absent; a field that is null stays null. */
    ConfigJson withDefaults(Map<String, ?> defaults) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        defaults.forEach((name, value) -> all.set(name, JSON.valueToTree(value)));
        node.properties().forEach(field -> all.set(field.getKey(), field.getValue()));
        return new ConfigJson(where, all);
    }

    /** Returns this config with another value of a field. */
    ConfigJson with(String name, Object value) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        node.properties().forEach(field -> all.set(field.getKey(), field.getValue()));
        all.set(name, JSON.valueToTree(value));
        return new ConfigJson(where, all);
    }

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    /** A positive whole number that must be there. */
    int count(String name) {
        JsonNode value = node.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
            throw error("\"" + name + "\" is " + (value.isMissingNode() ? "missing" : value)
                    + " but must be a positive whole number.");
        }
        return planned(name, value.intValue());
    }

    /** Each layer and each expert is planned, whatever the weights are: more than any model has are refused. */
    private int planned(String name, int count) {
        if (PLANNED.contains(name) && count > MOST_PLANNED) {
            throw error("\"" + name + "\" is " + count + " but at most " + MOST_PLANNED
                    + " are supported; the file is damaged or made for something else.");
        }
        return count;
    }

    int count(String name, int otherwise) {
        return has(name) ? count(name) : otherwise;
    }

    double requiredNumber(String name) {
        JsonNode value = node.path(name);
        if (!value.isNumber()) {
            throw error(
                    "\"" + name + "\" is " + (value.isMissingNode() ? "missing" : value) + " but must be a number.");
        }
        return inRange(name, "is", value);
    }

    private double inRange(String name, String verb, JsonNode value) {
        NumberRanges.Range range = NumberRanges.of(name);
        if (!range.holds(value.asDouble())) {
            throw error("\"" + name + "\" " + verb + " " + value + " but must be " + range
                    + "; the file is damaged or made for something else.");
        }
        return value.asDouble();
    }

    double number(String name, double otherwise) {
        return has(name) ? requiredNumber(name) : otherwise;
    }

    boolean flag(String name, boolean otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        JsonNode value = node.get(name);
        if (!value.isBoolean()) {
            throw error("\"" + name + "\" is " + value + " but must be true or false.");
        }
        return value.asBoolean();
    }

    /** A flag that some files hold as a number, which is on unless it is 0. */
    boolean flagOrNumber(String name, boolean otherwise) {
        return node.path(name).isNumber() ? node.path(name).asDouble() != 0 : flag(name, otherwise);
    }

    String text(String name, String otherwise) {
        return has(name) ? node.get(name).asText() : otherwise;
    }

    /** A list of names, one for each layer or so; empty where the field is absent or null. */
    List<String> texts(String name) {
        return has(name) ? list(name).map(JsonNode::asText).toList() : List.of();
    }

    /** A list of numbers that must be there. */
    double[] numbers(String name) {
        return list(name)
                .mapToDouble(value -> {
                    if (!value.isNumber()) {
                        throw error("\"" + name + "\" has " + value + " but must be a list of numbers.");
                    }
                    return inRange(name, "has", value);
                })
                .toArray();
    }

    private Stream<JsonNode> list(String name) {
        JsonNode list = node.path(name);
        if (!list.isArray()) {
            throw error("\"" + name + "\" is " + (list.isMissingNode() ? "missing" : list) + " but must be a list.");
        }
        return list.valueStream();
    }

    /** Refuses a switch that is on and that this family does not have. */
    void requireOff(String... names) {
        for (String name : names) {
            if (flag(name, false)) {
                throw error("\"" + name + "\" is true, but " + architecture() + " is supported without it only; "
                        + "the results would be wrong.");
            }
        }
    }

    /** A whole number, 0 or more; the first of several spellings that is there. */
    int whole(int otherwise, String... spellings) {
        for (String name : spellings) {
            JsonNode value = node.path(name);
            if (has(name) && (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0)) {
                throw error("\"" + name + "\" is " + value + " but must be a whole number, 0 or more.");
            }
            if (has(name)) {
                return planned(name, value.intValue());
            }
        }
        return otherwise;
    }

    /** Counts the experts of a layer, by the first of several spellings; each is planned in each layer. */
    int experts(int otherwise, String... spellings) {
        int experts = whole(otherwise, spellings);
        long all = (long) experts * count("num_hidden_layers");
        if (all > MOST_EXPERTS) {
            throw error("\"num_hidden_layers\" is " + count("num_hidden_layers") + " with " + experts
                    + " experts each, " + all + " in all, but at most " + MOST_EXPERTS
                    + " are supported; the file is damaged or made for something else.");
        }
        return experts;
    }

    /** A list of whole numbers; empty where the field is absent or null. */
    List<Integer> wholes(String name) {
        return !has(name)
                ? List.of()
                : list(name)
                        .map(value -> {
                            if (!value.isIntegralNumber() || !value.canConvertToInt()) {
                                throw error("\"" + name + "\" has " + value + " but must be a list of whole numbers.");
                            }
                            return value.asInt();
                        })
                        .toList();
    }

    /** Refuses a field that is there with another value than the only one built. */
    void requireOnly(String name, Object only) {
        JsonNode wanted = JSON.valueToTree(only);
        boolean same = wanted.isNumber()
                ? node.path(name).isNumber() && node.path(name).asDouble() == wanted.asDouble()
                : node.path(name).asText().equals(wanted.asText());
        if (has(name) && !same) {
            throw error("\"" + name + "\" is " + node.get(name) + ", but " + architecture() + " is supported with "
                    + only + " only; the results would be wrong.");
        }
    }

    /** Refuses a number that is there and not 0. */
    void requireZero(String name) {
        if (number(name, 0) != 0) {
            throw error("\"" + name + "\" is " + node.get(name) + ", but " + architecture()
                    + " is supported with 0 only; the results would be wrong.");
        }
    }

    /** Reads the name of a nonlinearity. */
    Activation activation(String name, Activation otherwise) {
        String given = text(name, "");
        return given.isEmpty()
                ? otherwise
                : Activation.named(given)
                        .orElseThrow(() -> error(name + " is \"" + given
                                + "\", which is not supported; silu, gelu, gelu_new and relu are."));
    }

    InputException error(String message) {
        return new InputException(where + ": " + message);
    }
}
