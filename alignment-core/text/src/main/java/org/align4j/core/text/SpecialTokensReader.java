package org.align4j.core.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Finds the special tokens: tokenizer_config.json says, then special_tokens_map.json, and where neither speaks of a
 * token, generation_config.json and config.json give its id.
 */
final class SpecialTokensReader {
    private static final List<String> NAMES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final Path folder;
    private final Vocabulary vocabulary;
    private final IntFunction<String> textOf;
    private final JsonNode tokenizerConfig;
    private final JsonNode specialTokensMap;
    private final JsonNode generationConfig;
    private final JsonNode config;

    SpecialTokensReader(Path folder, Vocabulary vocabulary, IntFunction<String> textOf) {
        this.folder = folder;
        this.vocabulary = vocabulary;
        this.textOf = textOf;
        this.tokenizerConfig = ModelJson.readIfThere(folder.resolve("tokenizer_config.json"));
        this.specialTokensMap = ModelJson.readIfThere(folder.resolve("special_tokens_map.json"));
        this.generationConfig = ModelJson.readIfThere(folder.resolve("generation_config.json"));
        this.config = ModelJson.readIfThere(folder.resolve("config.json"));
    }

    /** Returns what a chat template sees of a folder's special tokens, by their texts alone: as its files name them, and no ids. */
    static SpecialTokens named(Path folder) {
        JsonNode config = ModelJson.readIfThere(folder.resolve("tokenizer_config.json"));
        JsonNode map = ModelJson.readIfThere(folder.resolve("special_tokens_map.json"));
        return new SpecialTokens(null, null, null, new int[0], texts(config, map));
    }

    SpecialTokens read() {
        SpecialToken bos = token("bos", true);
        SpecialToken eos = token("eos", true);
        SpecialToken pad = token("pad", false);
        TreeSet<Integer> stops = new TreeSet<>();
        if (eos != null) {
            stops.add(eos.id());
        }
        List<Integer> listed = ids(generationConfig, "eos_token_id");
        stops.addAll(listed.isEmpty() ? ids(config, "eos_token_id") : listed);
        return new SpecialTokens(
                bos, eos, pad, stops.stream().mapToInt(Integer::intValue).toArray(), variables(bos, eos));
    }

    private @Nullable SpecialToken token(String name, boolean required) {
        JsonNode said = said(name + "_token");
        if (said.isMissingNode()) {
            return byId(name + "_token_id");
        }
        String text = text(said);
        if (text == null) {
            return null;
        }
        Integer id = vocabulary.id(text);
        if (id != null) {
            return new SpecialToken(id, text);
        }
        if (required) {
            throw new InputException(folder + ": " + name + "_token is " + text
                    + " but tokenizer.json has no such token; take both files from the same model.");
        }
        return null;
    }

    private JsonNode said(String name) {
        return said(name, tokenizerConfig, specialTokensMap);
    }

    private static JsonNode said(String name, JsonNode config, JsonNode map) {
        JsonNode said = config.path(name);
        return said.isMissingNode() ? map.path(name) : said;
    }

    private static Map<String, Object> texts(JsonNode config, JsonNode map) {
        Map<String, Object> texts = new LinkedHashMap<>();
        for (String name : NAMES) {
            String text = text(said(name, config, map));
            if (text != null) {
                texts.put(name, text);
            }
        }
        return texts;
    }

    private @Nullable SpecialToken byId(String name) {
        List<Integer> ids = ids(generationConfig, name);
        if (ids.isEmpty()) {
            ids = ids(config, name);
        }
        if (ids.isEmpty()) {
            return null;
        }
        int id = ids.get(0);
        return id < 0 || id >= vocabulary.size() ? null : new SpecialToken(id, textOf.apply(id));
    }

    private Map<String, Object> variables(@Nullable SpecialToken bos, @Nullable SpecialToken eos) {
        Map<String, Object> variables = texts(tokenizerConfig, specialTokensMap);
        if (bos != null) {
            variables.putIfAbsent("bos_token", bos.text());
        }
        if (eos != null) {
            variables.putIfAbsent("eos_token", eos.text());
        }
        return variables;
    }

    /** A token is written as a string or as an object with {@code content}. */
    private static @Nullable String text(JsonNode node) {
        JsonNode content = node.isObject() ? node.path("content") : node;
        return content.isTextual() ? content.textValue() : null;
    }

    private static List<Integer> ids(JsonNode file, String name) {
        List<Integer> ids = new ArrayList<>();
        JsonNode node = file.path(name);
        if (node.isInt() || node.isBigInteger()) {
            ids.add(node.intValue());
        } else if (node.isArray()) {
            node.forEach(id -> ids.add(id.intValue()));
        }
        return ids;
    }
}
