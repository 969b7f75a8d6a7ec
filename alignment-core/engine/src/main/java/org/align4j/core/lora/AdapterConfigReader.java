package org.align4j.core.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraConfig.LoraInitialization;
import org.align4j.core.lora.ModuleRules.ModuleSelector;
import org.jspecify.annotations.Nullable;

/** One {@code adapter_config.json} being read: each key is taken once, what is left over is passed on. */
final class AdapterConfigReader {
    /** Features that change the result and are not built; unset (null, false, empty) is fine. */
    private static final List<String> UNSUPPORTED = List.of(
            "alora_invocation_tokens",
            "arrow_config",
            "ensure_weight_tying",
            "kasa_config",
            "layer_replication",
            "lora_bias",
            "monteclora_config",
            "target_parameters",
            "trainable_token_indices",
            "use_bdlora",
            "use_qalora",
            "velora_config");

    private final Path file;
    private final Map<String, JsonNode> left = new LinkedHashMap<>();

    AdapterConfigReader(Path file, ObjectNode root) {
        this.file = file;
        root.properties().forEach(field -> left.put(field.getKey(), field.getValue()));
        left.remove("runtime_config");
    }

    LoraConfig read() {
        checkSupported();
        ModuleRules modules = new ModuleRules(
                selector("target_modules"),
                selector("exclude_modules"),
                list(
                        "layers_to_transform",
                        "a whole number or a list of them",
                        JsonNode::canConvertToInt,
                        JsonNode::intValue),
                list("layers_pattern", "text or a list of texts", JsonNode::isTextual, JsonNode::textValue),
                list("modules_to_save", "a list of texts", JsonNode::isTextual, JsonNode::textValue));
        int rank = value("r", "a whole number", 8, JsonNode::canConvertToInt, JsonNode::intValue);
        double alpha = value("lora_alpha", "a number", 8.0, JsonNode::isNumber, JsonNode::doubleValue);
        Map<String, Integer> ranks = map("rank_pattern", JsonNode::canConvertToInt, JsonNode::intValue);
        Map<String, Double> alphas = map("alpha_pattern", JsonNode::isNumber, JsonNode::doubleValue);
        double dropout = value("lora_dropout", "a number", 0.0, JsonNode::isNumber, JsonNode::doubleValue);
        LoraBias bias = bias();
        boolean fanInFanOut = flag("fan_in_fan_out");
        boolean rankStabilized = flag("use_rslora");
        boolean dora = flag("use_dora");
        LoraInitialization initialization = initialization();
        AdapterOrigin origin =
                new AdapterOrigin(text("base_model_name_or_path"), text("revision"), text("task_type"), left);
        try {
            return new LoraConfig(
                    new LoraConfig.Ranks(rank, alpha, ranks, alphas, rankStabilized),
                    dropout,
                    bias,
                    fanInFanOut,
                    new LoraConfig.Start(dora, initialization),
                    modules,
                    origin);
        } catch (InputException wrong) {
            throw new InputException(file + ": " + wrong.getMessage(), wrong);
        }
    }

    private void checkSupported() {
        String type = left.getOrDefault("peft_type", MissingNode.getInstance()).asText("LORA");
        if (!type.equals("LORA")) {
            throw new InputException(file + ": peft_type is " + type + " but only LORA adapters are supported.");
        }
        for (String key : UNSUPPORTED) {
            JsonNode value = left.getOrDefault(key, MissingNode.getInstance());
            boolean unset = value.isMissingNode()
                    || value.isNull()
                    || (value.isBoolean() && !value.booleanValue())
                    || (value.isContainerNode() && value.isEmpty());
            if (!unset) {
                throw new InputException(file + ": " + key + " is " + value
                        + ", which changes the result and is not supported; use an adapter without it.");
            }
        }
    }

    private LoraInitialization initialization() {
        JsonNode node = left.remove("init_lora_weights");
        String name = node == null || node.isNull() ? "true" : node.asText();
        return LoraInitialization.ofPeft(name)
                .filter(initialization -> !initialization.changesBase())
                .orElseThrow(() -> new InputException(file + ": init_lora_weights is " + name
                        + ", which is not supported because it changes the base model; save the adapter as plain LoRA"
                        + " (PEFT: path_initial_model_for_weight_conversion)."));
    }

    private LoraBias bias() {
        String name = value("bias", "text", "none", JsonNode::isTextual, JsonNode::textValue);
        return Arrays.stream(LoraBias.values())
                .filter(bias -> bias.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new InputException(file + ": bias is " + name + " but must be none, all or lora_only."));
    }

    private @Nullable ModuleSelector selector(String key) {
        JsonNode node = left.get(key);
        if (node != null && node.isTextual()) {
            left.remove(key);
            return node.textValue().equalsIgnoreCase("all-linear")
                    ? new ModuleSelector.AllLinear()
                    : ModuleSelector.Regex.of(file + ": " + key, node.textValue());
        }
        List<String> names =
                list(key, "a list of texts or a regular expression", JsonNode::isTextual, JsonNode::textValue);
        return names.isEmpty() ? null : new ModuleSelector.Names(names);
    }

    private @Nullable String text(String key) {
        JsonNode node = left.remove(key);
        return node == null || node.isNull() ? null : node.asText();
    }

    private boolean flag(String key) {
        return value(key, "true or false", false, JsonNode::isBoolean, JsonNode::booleanValue);
    }

    private <T> T value(String key, String kind, T fallback, Predicate<JsonNode> valid, Function<JsonNode, T> read) {
        JsonNode node = left.remove(key);
        if (node == null || node.isNull()) {
            return fallback;
        }
        if (!valid.test(node)) {
            throw wrong(key, node, kind);
        }
        return read.apply(node);
    }

    private <T> List<T> list(String key, String kind, Predicate<JsonNode> valid, Function<JsonNode, T> read) {
        JsonNode node = left.remove(key);
        List<T> values = new ArrayList<>();
        if (node == null || node.isNull()) {
            return values;
        }
        for (JsonNode item : node.isArray() ? node : List.of(node)) {
            if (!valid.test(item)) {
                throw wrong(key, node, kind);
            }
            values.add(read.apply(item));
        }
        return values;
    }

    private <T> Map<String, T> map(String key, Predicate<JsonNode> valid, Function<JsonNode, T> read) {
        JsonNode node = left.remove(key);
        Map<String, T> values = new LinkedHashMap<>();
        if (node == null || node.isNull()) {
            return values;
        }
        node.properties().forEach(field -> {
            if (!valid.test(field.getValue())) {
                throw wrong(key + " of " + field.getKey(), field.getValue(), "a number");
            }
            values.put(field.getKey(), read.apply(field.getValue()));
        });
        if (!node.isObject()) {
            throw wrong(key, node, "an object of numbers");
        }
        return values;
    }

    private InputException wrong(String key, JsonNode value, String kind) {
        return new InputException(file + ": " + key + " is " + value + " but must be " + kind + ".");
    }
}
