package org.align4j.core.lora;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.files.OutputFile;
import org.align4j.core.lora.LoraConfig.LoraInitialization;
import org.align4j.core.lora.ModuleRules.ModuleSelector;
import org.jspecify.annotations.Nullable;

/** {@code adapter_config.json}: read with PEFT's defaults, written byte for byte as PEFT 0.21 writes it. */
public final class AdapterConfigFile {
    /** The file's name in an adapter folder. */
    public static final String FILE_NAME = "adapter_config.json";

    private static final String BASE_MODEL = "base_model_name_or_path";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** The keys of PEFT 0.21 that Align4J does not interpret, with the values it writes. */
    static final Map<String, JsonNode> DEFAULTS = defaults();

    private AdapterConfigFile() {}

    private static Map<String, JsonNode> defaults() {
        Map<String, JsonNode> defaults = new TreeMap<>();
        for (String key : List.of(
                "alora_invocation_tokens",
                "arrow_config",
                "auto_mapping",
                "corda_config",
                "eva_config",
                "kasa_config",
                "layer_replication",
                "lora_ga_config",
                "megatron_config",
                "monteclora_config",
                "target_parameters",
                "trainable_token_indices",
                "use_bdlora",
                "velora_config")) {
            defaults.put(key, NODES.nullNode());
        }
        defaults.put("ensure_weight_tying", NODES.booleanNode(false));
        defaults.put("lora_bias", NODES.booleanNode(false));
        defaults.put("use_qalora", NODES.booleanNode(false));
        defaults.put("inference_mode", NODES.booleanNode(true));
        defaults.put("loftq_config", NODES.objectNode());
        defaults.put("megatron_core", NODES.textNode("megatron.core"));
        defaults.put("peft_type", NODES.textNode("LORA"));
        defaults.put("peft_version", NODES.textNode("0.21.2"));
        defaults.put("qalora_group_size", NODES.numberNode(16));
        return defaults;
    }

    /**
     * Reads the configuration in an adapter folder.
     *
     * @throws InputException when it is missing, not LoRA, or asks for something that is not supported and would change
     *     the result, naming the key
     */
    public static LoraConfig read(Path folder) {
        Path file = folder.resolve(FILE_NAME);
        try {
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            if (root instanceof ObjectNode object) {
                return new AdapterConfigReader(file, object).read();
            }
            throw new InputException(file + " must hold a JSON object.");
        } catch (NoSuchFileException e) {
            throw new InputException(
                    folder + " has no " + FILE_NAME + "; an adapter folder as PEFT writes it is required.", e);
        } catch (JsonProcessingException e) {
            throw new InputException(file + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new InputException(file + " cannot be read: " + FileFailure.reason(e), e);
        }
    }

    /** Writes the configuration into an adapter folder, with {@code targetNames} for targets that a model spelled out. */
    static void write(Path folder, LoraConfig config, List<String> targetNames) {
        ObjectNode sorted = NODES.objectNode();
        new TreeMap<>(document(config, targetNames)).forEach(sorted::set);
        OutputFile.write(folder.resolve(FILE_NAME), bytes(sorted));
    }

    /** Returns what an adapter's configuration holds, with the name by which others know its base model. */
    public static byte[] withBaseModel(Path folder, String name) throws IOException {
        ObjectNode document = (ObjectNode) JSON.readTree(Files.readAllBytes(folder.resolve(FILE_NAME)));
        return bytes(document.put(BASE_MODEL, name));
    }

    private static byte[] bytes(ObjectNode document) {
        try {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter(Separators.createDefaultInstance()
                            .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                            .withObjectEmptySeparator("")
                            .withArrayEmptySeparator(""))
                    .withObjectIndenter(new DefaultIndenter("  ", "\n"))
                    .withArrayIndenter(new DefaultIndenter("  ", "\n"));
            return JSON.writer(printer).writeValueAsString(document).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, JsonNode> document(LoraConfig config, List<String> targetNames) {
        Map<String, JsonNode> document = new TreeMap<>(DEFAULTS);
        document.putAll(config.origin().other());
        document.put(BASE_MODEL, text(config.origin().baseModel()));
        document.put("revision", text(config.origin().revision()));
        document.put("task_type", text(config.origin().taskType()));
        document.put("r", NODES.numberNode(config.ranks().rank()));
        document.put("lora_alpha", number(config.ranks().alpha()));
        document.put("lora_dropout", NODES.numberNode(config.dropout()));
        document.put("bias", NODES.textNode(config.bias().name().toLowerCase(Locale.ROOT)));
        document.put("fan_in_fan_out", NODES.booleanNode(config.fanInFanOut()));
        document.put("use_rslora", NODES.booleanNode(config.ranks().rankStabilized()));
        document.put("use_dora", NODES.booleanNode(config.start().dora()));
        document.put("init_lora_weights", initialization(config.start().initialization()));
        ObjectNode ranks = NODES.objectNode();
        config.ranks().rankPattern().forEach(ranks::put);
        document.put("rank_pattern", sortedKeys(ranks));
        ObjectNode alphas = NODES.objectNode();
        config.ranks().alphaPattern().forEach((key, value) -> alphas.set(key, number(value)));
        document.put("alpha_pattern", sortedKeys(alphas));
        putModules(document, config.modules(), targetNames);
        return document;
    }

    private static void putModules(Map<String, JsonNode> document, ModuleRules modules, List<String> targetNames) {
        document.put("target_modules", selector(modules.targets(), targetNames));
        document.put("exclude_modules", selector(modules.exclude(), List.of()));
        ArrayNode layers = NODES.arrayNode();
        modules.layers().forEach(layers::add);
        document.put("layers_to_transform", layers.isEmpty() ? NODES.nullNode() : layers);
        List<String> pattern = modules.layersPattern();
        document.put("layers_pattern", pattern.size() == 1 ? NODES.textNode(pattern.get(0)) : list(pattern));
        document.put("modules_to_save", list(modules.modulesToSave()));
    }

    private static JsonNode selector(@Nullable ModuleSelector selector, List<String> spelledOut) {
        if (selector instanceof ModuleSelector.Regex regex) {
            return NODES.textNode(regex.pattern().expression());
        }
        List<String> names = selector instanceof ModuleSelector.Names given ? given.names() : spelledOut;
        return list(names.stream().distinct().sorted().toList());
    }

    private static JsonNode list(List<String> values) {
        ArrayNode array = NODES.arrayNode();
        values.forEach(array::add);
        return array.isEmpty() ? NODES.nullNode() : array;
    }

    private static JsonNode text(@Nullable String value) {
        return value == null ? NODES.nullNode() : NODES.textNode(value);
    }

    private static JsonNode number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? NODES.numberNode((long) value)
                : NODES.numberNode(value);
    }

    private static JsonNode initialization(LoraInitialization value) {
        return switch (value) {
            case ZERO -> NODES.booleanNode(true);
            case RANDOM -> NODES.booleanNode(false);
            default -> NODES.textNode(value.peftName());
        };
    }

    private static ObjectNode sortedKeys(ObjectNode node) {
        Map<String, JsonNode> sorted = new TreeMap<>();
        node.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
        ObjectNode result = NODES.objectNode();
        sorted.forEach(result::set);
        return result;
    }
}
