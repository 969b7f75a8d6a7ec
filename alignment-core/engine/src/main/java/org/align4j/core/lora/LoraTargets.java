package org.align4j.core.lora;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.lora.ModuleRules.ModuleSelector;
import org.jspecify.annotations.Nullable;

/**
 * A configuration applied to a model: which modules get LoRA with which rank and scaling, which are trained in full, and
 * of which the bias is trained. In the order of the model's modules.
 *
 * @param config the configuration
 * @param modules all modules of the model
 * @param adapted the modules that get LoRA
 * @param saved the modules trained in full
 */
public record LoraTargets(
        LoraConfig config, List<AdaptableModule> modules, List<LoraTarget> adapted, List<AdaptableModule> saved) {
    /** From this many names on, PEFT writes the shortest ends that tell the targets from other modules. */
    private static final int SHORTEN_FROM = 20;

    /** The names a score head may have; PEFT puts them all into a classifier adapter's {@code modules_to_save}. */
    static final List<String> CLASSIFIER_HEADS = List.of("classifier", "score");

    private static final Map<String, List<String>> USUAL_TARGETS = Map.ofEntries(
            Map.entry("gpt2", List.of("c_attn")),
            Map.entry("gpt_neox", List.of("query_key_value")),
            Map.entry("phi", List.of("q_proj", "v_proj", "fc1", "fc2")),
            Map.entry("llama", List.of("q_proj", "v_proj")),
            Map.entry("llama4", List.of("q_proj", "v_proj")),
            Map.entry("mistral", List.of("q_proj", "v_proj")),
            Map.entry("mixtral", List.of("q_proj", "v_proj")),
            Map.entry("gemma", List.of("q_proj", "v_proj")),
            Map.entry("gemma2", List.of("q_proj", "v_proj")),
            Map.entry("gemma3_text", List.of("q_proj", "v_proj")),
            Map.entry("qwen2", List.of("q_proj", "v_proj")),
            Map.entry("qwen3", List.of("q_proj", "v_proj")),
            Map.entry("opt", List.of("q_proj", "v_proj")));

    public LoraTargets {
        modules = List.copyOf(modules);
        adapted = List.copyOf(adapted);
        saved = List.copyOf(saved);
    }

    /**
     * Applies a configuration that a file holds, as PEFT does: names that match nothing are passed over unless nothing
     * matches at all.
     *
     * @param modules the model's modules
     * @param modelType {@code model_type} of the model's configuration
     * @throws InputException when no module is meant
     */
    public static LoraTargets ofFile(LoraConfig config, List<AdaptableModule> modules, @Nullable String modelType) {
        ModuleRules rules = config.modules();
        ModuleSelector selector = rules.targets() != null ? rules.targets() : usual(modelType);
        List<LoraTarget> adapted = modules.stream()
                .filter(module -> rules.adapts(selector, module))
                .map(module -> new LoraTarget(module, config.rankOf(module.name()), config.scalingOf(module.name())))
                .toList();
        List<AdaptableModule> saved = modules.stream().filter(rules::saves).toList();
        if (adapted.isEmpty()) {
            throw new InputException(
                    "LoRA targets " + Shortened.of(describe(selector)) + " match none of the model's modules"
                            + (rules.layers().isEmpty() ? "" : " in layers " + rules.layers()) + "; it has "
                            + available(modules) + ".");
        }
        return new LoraTargets(config, modules, adapted, saved);
    }

    /** Returns the configuration as the model makes it: transposed weights are a fact of the model, not a choice. */
    public LoraConfig writtenConfig() {
        boolean transposed =
                adapted.stream().anyMatch(target -> target.module().type() == AdaptableModule.ModuleType.CONV1D);
        return config.withFanInFanOut(transposed);
    }

    /** Returns these modules with pairs of twice the rank and the same scaling, begun as plain LoRA. */
    public LoraTargets ofTwiceTheRank() {
        List<LoraTarget> wider = adapted.stream()
                .map(target -> new LoraTarget(target.module(), 2 * target.rank(), target.scaling()))
                .toList();
        return new LoraTargets(config.ofTwiceTheRank(), modules, wider, saved);
    }

    /**
     * Applies a configuration that a person gave: every name, pattern and layer in it must mean something.
     *
     * @param modules the model's modules
     * @param modelType {@code model_type} of the model's configuration
     * @throws InputException when something matches no module, listing what there is
     */
    public static LoraTargets ofOptions(LoraConfig config, List<AdaptableModule> modules, @Nullable String modelType) {
        ModuleRules rules = config.modules();
        requireNames("lora-targets", rules.targets(), modules);
        requireNames("lora-exclude", rules.exclude(), modules);
        for (String name : rules.modulesToSave()) {
            boolean head = config.origin().isClassifier() && CLASSIFIER_HEADS.contains(name);
            if (!head && modules.stream().noneMatch(module -> module.name().endsWith(name))) {
                throw unmatched("modules-to-save", name, modules);
            }
        }
        LoraTargets targets = ofFile(config, modules, modelType);
        targets.requirePattern("lora-rank-pattern", config.ranks().rankPattern().keySet());
        targets.requirePattern(
                "lora-alpha-pattern", config.ranks().alphaPattern().keySet());
        for (Integer layer : rules.layers()) {
            if (targets.adapted.stream()
                    .noneMatch(target -> target.module().name().contains("." + layer + "."))) {
                throw new InputException("lora-layers has " + layer + " but the model's layers are numbered 0 to "
                        + (LayerNumbers.count(modules.stream()
                                        .map(AdaptableModule::name)
                                        .toList())
                                - 1) + ".");
            }
        }
        return targets;
    }

    private static ModuleSelector usual(@Nullable String modelType) {
        List<String> names = modelType == null ? null : USUAL_TARGETS.get(modelType);
        if (names == null) {
            throw new InputException("target_modules is missing and " + modelType
                    + " models have no usual choice; name the modules, or all-linear.");
        }
        return new ModuleSelector.Names(names);
    }

    private static void requireNames(String option, @Nullable ModuleSelector selector, List<AdaptableModule> modules) {
        if (selector instanceof ModuleSelector.Names names) {
            for (String name : names.names()) {
                if (modules.stream()
                        .noneMatch(module -> module.adaptable() && ModuleSelector.Names.matches(name, module.name()))) {
                    throw unmatched(option, name, modules);
                }
            }
        } else if (selector != null && modules.stream().noneMatch(selector::matches)) {
            throw unmatched(option, describe(selector), modules);
        }
    }

    private void requirePattern(String option, Set<String> keys) {
        for (String key : keys) {
            if (adapted.stream()
                    .noneMatch(target ->
                            LoraConfig.matches(option, key, target.module().name()))) {
                throw new InputException(option + " has " + Shortened.of(key)
                        + ", which matches no module that gets LoRA; these are "
                        + available(adapted.stream().map(LoraTarget::module).toList()) + ".");
            }
        }
    }

    private static InputException unmatched(String option, String name, List<AdaptableModule> modules) {
        return new InputException(option + " has " + Shortened.of(name) + ", which no module is called; the model has "
                + available(modules) + ".");
    }

    /** The last parts of the adaptable modules' names, each once. */
    private static String available(List<AdaptableModule> modules) {
        Set<String> ends = new LinkedHashSet<>();
        for (AdaptableModule module : modules) {
            if (module.adaptable()) {
                ends.add(module.name().substring(module.name().lastIndexOf('.') + 1));
            }
        }
        return ends.isEmpty() ? "none" : String.join(", ", ends);
    }

    private static String describe(ModuleSelector selector) {
        if (selector instanceof ModuleSelector.Names names) {
            return String.join(", ", names.names());
        }
        return selector instanceof ModuleSelector.Regex regex
                ? "regex:" + regex.pattern().expression()
                : "all-linear";
    }

    /** Returns what {@code target_modules} says when the targets were not given by name: as PEFT spells out all-linear. */
    public List<String> spelledOut() {
        List<String> names =
                adapted.stream().map(target -> target.module().name()).sorted().toList();
        if (names.size() < SHORTEN_FROM) {
            return names;
        }
        Set<String> others = new LinkedHashSet<>();
        modules.stream()
                .map(AdaptableModule::name)
                .filter(name -> !names.contains(name))
                .forEach(name -> others.addAll(ends(name)));
        List<String> shortest = new ArrayList<>();
        for (String name : names) {
            if (shortest.stream().noneMatch(end -> name.endsWith("." + end))) {
                ends(name).stream()
                        .filter(end -> !others.contains(end))
                        .findFirst()
                        .ifPresent(shortest::add);
            }
        }
        return shortest;
    }

    /** The ends of a name after its dots and the name itself, shortest first. */
    private static List<String> ends(String name) {
        List<String> ends = new ArrayList<>();
        for (int dot = name.lastIndexOf('.'); dot >= 0; dot = name.lastIndexOf('.', dot - 1)) {
            ends.add(name.substring(dot + 1));
        }
        ends.add(name);
        return ends;
    }

    /**
     * A module that gets LoRA.
     *
     * @param module the module
     * @param rank the rank of its A and B
     * @param scaling the factor of B(A(x))
     */
    public record LoraTarget(AdaptableModule module, int rank, double scaling) {}

    /** The layer that a module's name is in: its first numbered part. */
    static final class LayerNumbers {
        private static final Pattern NUMBERED = Pattern.compile("(?:^|\\.)(\\d+)(?:\\.|$)");

        private LayerNumbers() {}

        /** How many layers the names span: one more than the highest number, 0 when none has one. */
        public static int count(List<String> names) {
            int count = 0;
            for (String name : names) {
                Matcher matcher = NUMBERED.matcher(name);
                if (matcher.find()) {
                    count = Math.max(count, Integer.parseInt(matcher.group(1)) + 1);
                }
            }
            return count;
        }

        /** {@code q_proj of layer 3}, or the name itself when no part of it is a number. */
        public static String describe(String name) {
            Matcher matcher = NUMBERED.matcher(name);
            return matcher.find() ? name.substring(name.lastIndexOf('.') + 1) + " of layer " + matcher.group(1) : name;
        }
    }
}
