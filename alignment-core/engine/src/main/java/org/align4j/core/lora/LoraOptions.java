package org.align4j.core.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraConfig.LoraInitialization;
import org.align4j.core.lora.LoraConfig.Ranks;
import org.align4j.core.lora.LoraConfig.Start;
import org.align4j.core.lora.ModuleRules.ModuleSelector;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** The LoRA options of the training commands. */
@Heading("LoRA")
public record LoraOptions(
        SizeOptions size,

        @Option(
                help = "Modules that get LoRA: all-linear, ends of module names, or regex: and a whole-name pattern.",
                defaultValue = "all-linear")
        String loraTargets,

        @Option(help = "Kind of LoRA.", defaultValue = "plain")
        Variant loraVariant,

        ExclusionOptions exclusion,

        @Option(help = "Biases trained too.", defaultValue = "none")
        LoraBias loraBias,

        PatternOptions patterns,

        @Option(help = "Modules trained in full and saved with the adapter: ends of module names.", defaultValue = "")
        List<String> modulesToSave) {
    /** The size of the LoRA matrices and what their product is multiplied by. */
    public record SizeOptions(
            @Option(
                    help = "Rank of the LoRA matrices; a larger one can learn more and takes more memory.",
                    defaultValue = "16")
            int loraRank,

            @Option(
                    help =
                            "Scaling numerator: the update is multiplied by alpha / rank, so that a larger one acts as a larger learning rate.",
                    defaultValue = "32")
            double loraAlpha,

            @Option(help = "Dropout rate before A; a larger one fits the rows less closely.", defaultValue = "0")
            double loraDropout) {}

    /** Which of the targeted modules get none. */
    public record ExclusionOptions(
            @Option(help = "Targeted modules that get none: ends of module names, or regex:…") @Nullable
            String loraExclude,

            @Option(help = "Only these layers: numbers and ranges, such as 0,4-7.") @Nullable
            String loraLayers) {}

    /** Ranks and alphas of single modules. */
    public record PatternOptions(
            @Option(
                    help =
                            "Ranks by module: end of a module name or pattern = rank; larger ones let that module learn more.",
                    defaultValue = "")
            Map<String, Integer> loraRankPattern,

            @Option(
                    help =
                            "Alphas by module: end of a module name or pattern = alpha; larger ones scale the update of that module up.",
                    defaultValue = "")
            Map<String, Double> loraAlphaPattern) {}

    private static final String REGEX = "regex:";

    /** The variants of LoRA. */
    public enum Variant {
        /** LoRA as published: A random, B zero, scaling alpha / rank. */
        PLAIN,
        /** rsLoRA: scaling alpha / √rank. */
        RSLORA,
        /** DoRA: a learned magnitude per output. */
        DORA,
        /** Starts from the weight's leading singular vectors. */
        PISSA,
        /** OLoRA: starts from the weight's QR decomposition. */
        OLORA
    }

    /**
     * Returns options for the same modules, ranks and scalings, plain and without dropout, biases or modules trained in
     * full.
     */
    public LoraOptions pairsOnly() {
        return new LoraOptions(
                new SizeOptions(size.loraRank(), size.loraAlpha(), 0),
                loraTargets,
                loraVariant == Variant.RSLORA ? Variant.RSLORA : Variant.PLAIN,
                exclusion,
                LoraBias.NONE,
                patterns,
                List.of());
    }

    /** Whether plain pairs are all that trains, and nothing is dropped. */
    public boolean isPairsOnly() {
        return equals(pairsOnly());
    }

    /**
     * Returns the adapter configuration that these options mean.
     *
     * @param origin the base model and the task; a reward model's score head is saved with the adapter, as in PEFT
     */
    public LoraConfig toConfig(AdapterOrigin origin) {
        List<String> saved = new ArrayList<>(modulesToSave);
        if (origin.isClassifier()) {
            saved.addAll(LoraTargets.CLASSIFIER_HEADS);
        }
        ModuleRules modules = new ModuleRules(
                loraTargets.strip().equalsIgnoreCase("all-linear")
                        ? new ModuleSelector.AllLinear()
                        : selector("lora-targets", loraTargets),
                exclusion.loraExclude() == null ? null : selector("lora-exclude", exclusion.loraExclude()),
                exclusion.loraLayers() == null ? List.of() : layers(exclusion.loraLayers()),
                List.of(),
                saved);
        return new LoraConfig(
                new Ranks(
                        size.loraRank(),
                        size.loraAlpha(),
                        patterns.loraRankPattern(),
                        patterns.loraAlphaPattern(),
                        loraVariant == Variant.RSLORA),
                size.loraDropout(),
                loraBias,
                false,
                new Start(loraVariant == Variant.DORA, initialization()),
                modules,
                origin);
    }

    private LoraInitialization initialization() {
        return switch (loraVariant) {
            case PLAIN, RSLORA, DORA -> LoraInitialization.ZERO;
            case PISSA -> LoraInitialization.PISSA;
            case OLORA -> LoraInitialization.OLORA;
        };
    }

    private static ModuleSelector selector(String option, String value) {
        if (value.startsWith(REGEX)) {
            return ModuleSelector.Regex.of(option, value.substring(REGEX.length()));
        }
        List<String> names =
                Arrays.stream(value.split(",", -1)).map(String::strip).toList();
        if (names.contains("")) {
            throw new InputException(option + " is \"" + Shortened.of(value)
                    + "\" but must be module names with commas between them, or regex: and a pattern.");
        }
        return new ModuleSelector.Names(names);
    }

    private static List<Integer> layers(String value) {
        List<Integer> layers = new ArrayList<>();
        for (String part : value.split(",", -1)) {
            String[] ends = part.strip().split("-", 2);
            try {
                int first = Integer.parseInt(ends[0].strip());
                int last = ends.length == 1 ? first : Integer.parseInt(ends[1].strip());
                if (first < 0 || last < first || last - first > 100_000) {
                    throw new NumberFormatException();
                }
                for (int layer = first; layer <= last; layer++) {
                    layers.add(layer);
                }
            } catch (NumberFormatException e) {
                throw new InputException(
                        "lora-layers is \"" + Shortened.of(value)
                                + "\" but must be layer numbers and ranges, such as 0,4-7.",
                        e);
            }
        }
        return layers.stream().distinct().toList();
    }
}
