package org.align4j.core.text.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.align4j.core.files.Json;

/**
 * How a byte-level tokenizer cuts a text before it merges, by the names that llama.cpp has for it and by the steps of
 * tokenizer.json. A name is chosen by the steps, so that a vocabulary that nobody has seen gets the right one.
 */
@SuppressWarnings("ImmutableEnumChecker") // the list can't be changed
enum PreTokenizer {
    GPT_2("gpt-2", false, Step.GPT2),
    SMOLLM("smollm", false, Step.DIGITS, Step.GPT2),
    LLAMA_BPE("llama-bpe", true, Step.LLAMA3),
    DBRX("dbrx", false, Step.LLAMA3),
    QWEN2("qwen2", false, Step.QWEN2),
    TEKKEN("tekken", true, Step.TEKKEN),
    GPT_4O("gpt-4o", false, Step.O200K),
    /** Llama 4's, and gpt-oss's, which take a piece that is a token as it is. */
    LLAMA4("llama4", true, Step.O200K);

    private static final List<String> ALIASES_OF_QWEN2 = List.of("stablelm2", "deepseek-r1-qwen", "megrez");
    private static final List<String> ALIASES_OF_GPT2 =
            List.of("phi-2", "olmo", "jina-es", "jina-de", "mpt", "gigachat");
    private static final List<String> ALIASES_OF_LLAMA = List.of("llama3", "llama-v3", "falcon3", "pixtral");

    private final String gguf;
    private final boolean wholeFirst;
    private final List<String> steps;

    PreTokenizer(String gguf, boolean wholeFirst, String... steps) {
        this.gguf = gguf;
        this.wholeFirst = wholeFirst;
        this.steps = List.of(steps);
    }

    /** The steps, each by a name or by its regular expression. */
    private static final class Step {
        static final String GPT2 = "ByteLevel";
        static final String DIGITS = "Digits";
        static final String LLAMA3 =
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        static final String QWEN2 = LLAMA3.replace("\\p{N}{1,3}", "\\p{N}");
        private static final String CASED =
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                        + "@|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*@";
        private static final String END = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        static final String TEKKEN = CASED.replace("@", "") + "|\\p{N}" + END;
        static final String O200K = CASED.replace("@", "(?i:'s|'t|'re|'ve|'m|'ll|'d)?") + "|\\p{N}{1,3}" + END;

        private Step() {}
    }

    String gguf() {
        return gguf;
    }

    boolean wholeFirst() {
        return wholeFirst;
    }

    /**
     * Finds the one of a tokenizer.json.
     *
     * @param node its {@code pre_tokenizer}
     * @param wholeFirst its {@code ignore_merges}: a piece that is a token is taken as it is
     */
    static Optional<PreTokenizer> of(JsonNode node, boolean wholeFirst) {
        Optional<List<String>> steps = steps(node);
        return Arrays.stream(values())
                .filter(each ->
                        each.wholeFirst == wholeFirst && Optional.of(each.steps).equals(steps))
                .findFirst();
    }

    /** Finds the one of a file's name for it. */
    static Optional<PreTokenizer> named(String name) {
        String known = ALIASES_OF_QWEN2.contains(name)
                ? QWEN2.gguf
                : ALIASES_OF_GPT2.contains(name) ? GPT_2.gguf : ALIASES_OF_LLAMA.contains(name) ? LLAMA_BPE.gguf : name;
        return Arrays.stream(values()).filter(each -> each.gguf.equals(known)).findFirst();
    }

    private static Optional<List<String>> steps(JsonNode node) {
        List<String> steps = new ArrayList<>();
        boolean bytes = false;
        for (JsonNode each :
                node.path("type").asText().equals("Sequence") ? node.path("pretokenizers") : List.of(node)) {
            switch (each.path("type").asText()) {
                case "ByteLevel" -> {
                    if (each.path("add_prefix_space").asBoolean(true)) {
                        return Optional.empty();
                    }
                    bytes = true;
                    if (each.path("use_regex").asBoolean(true)) {
                        steps.add(Step.GPT2);
                    }
                }
                case "Digits" -> {
                    if (!each.path("individual_digits").asBoolean(false)) {
                        return Optional.empty();
                    }
                    steps.add(Step.DIGITS);
                }
                case "Split" -> {
                    if (!each.path("behavior").asText().equals("Isolated")
                            || each.path("invert").asBoolean(false)) {
                        return Optional.empty();
                    }
                    steps.add(each.path("pattern").path("Regex").asText());
                }
                default -> {
                    return Optional.empty();
                }
            }
        }
        return bytes ? Optional.of(steps) : Optional.empty();
    }

    /** Writes this as the {@code pre_tokenizer} of a tokenizer.json. */
    ObjectNode json() {
        boolean regex = steps.contains(Step.GPT2);
        ObjectNode sequence = Json.object().put("type", "Sequence");
        ArrayNode all = sequence.putArray("pretokenizers");
        for (String step : steps) {
            if (step.equals(Step.DIGITS)) {
                all.addObject().put("type", "Digits").put("individual_digits", true);
            } else if (!step.equals(Step.GPT2)) {
                ObjectNode split = all.addObject().put("type", "Split");
                split.putObject("pattern").put("Regex", step);
                split.put("behavior", "Isolated").put("invert", false);
            }
        }
        all.add(byteLevel(regex));
        return sequence;
    }

    static ObjectNode byteLevel(boolean regex) {
        return Json.object()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", regex);
    }
}
