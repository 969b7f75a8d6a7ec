package org.align4j.core.lora;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.align4j.core.error.InputException;
import org.align4j.core.pattern.UserPattern;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA adapter's configuration, with the meaning of PEFT's {@code adapter_config.json}: y = Wx + s·B(A(x)) with
 * s = alpha / rank, or alpha / √rank when rank-stabilised.
 *
 * @param ranks ranks and scalings of the modules
 * @param dropout the rate of the dropout before A
 * @param bias which biases are trained too
 * @param fanInFanOut whether the base stores its weights as [in, out] (GPT-2)
 * @param start what is learned, and how it starts
 * @param modules which modules are concerned
 * @param origin what else the file says
 */
public record LoraConfig(
        Ranks ranks,
        double dropout,
        LoraBias bias,
        boolean fanInFanOut,
        Start start,
        ModuleRules modules,
        AdapterOrigin origin) {
    /**
     * Ranks and scalings of the modules.
     *
     * @param rank the rank where no pattern says otherwise
     * @param alpha the numerator of the scaling where no pattern says otherwise
     * @param rankPattern ranks by module: ends of module names after a dot, as regular expressions; the first match counts
     * @param alphaPattern alphas by module, likewise
     * @param rankStabilized whether the scaling divides by √rank
     */
    public record Ranks(
            int rank,
            double alpha,
            Map<String, Integer> rankPattern,
            Map<String, Double> alphaPattern,
            boolean rankStabilized) {
        /** Copies what may change. */
        public Ranks {
            rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
            alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
        }
    }

    /**
     * What is learned, and how it starts.
     *
     * @param dora whether a magnitude per output is learned with the direction (DoRA)
     * @param initialization how the weights start
     */
    public record Start(boolean dora, LoraInitialization initialization) {}

    private static final double LARGEST_ALPHA = 1e9;
    private static final int LARGEST_RANK = 1 << 16;

    public LoraConfig {
        requireRank("The LoRA rank", ranks.rank());
        ranks.rankPattern().forEach((key, value) -> requireRank("The LoRA rank of " + key, value));
        ranks.rankPattern().keySet().forEach(key -> LoraConfig.matches("rank_pattern", key, ""));
        ranks.alphaPattern().keySet().forEach(key -> LoraConfig.matches("alpha_pattern", key, ""));
        if (!(dropout >= 0 && dropout < 1)) {
            throw new InputException("The LoRA dropout is " + dropout + " but must be at least 0 and below 1.");
        }
        requireAlpha("The LoRA alpha", ranks.alpha(), "lora_alpha");
        ranks.alphaPattern().forEach((key, value) -> requireAlpha("The LoRA alpha of " + key, value, "alpha_pattern"));
    }

    private static void requireAlpha(String what, double alpha, String key) {
        if (!(Math.abs(alpha) <= LARGEST_ALPHA)) {
            throw new InputException(
                    what + " is " + alpha + " but " + key + " must be from -1e9 to 1e9; 8 to 64 is usual.");
        }
    }

    private static void requireRank(String what, int rank) {
        if (rank < 1 || rank > LARGEST_RANK) {
            throw new InputException(what + " is " + rank + " but must be at least 1 and at most " + LARGEST_RANK
                    + "; 8 to 64 is usual.");
        }
    }

    /** Configures plain LoRA on every linear layer. */
    public static LoraConfig allLinear(int rank, double alpha) {
        return new LoraConfig(
                new Ranks(rank, alpha, Map.of(), Map.of(), false),
                0,
                LoraBias.NONE,
                false,
                new Start(false, LoraInitialization.ZERO),
                ModuleRules.allLinear(),
                AdapterOrigin.unknown());
    }

    /** Returns this configuration for a base that stores its weights as [in, out], or doesn't. */
    LoraConfig withFanInFanOut(boolean newFanInFanOut) {
        return new LoraConfig(ranks, dropout, bias, newFanInFanOut, start, modules, origin);
    }

    /**
     * Configures plain LoRA of twice the rank and the same scaling: alpha doubles too, or grows by √2 where it is divided by
     * √rank.
     */
    LoraConfig ofTwiceTheRank() {
        double growth = ranks.rankStabilized() ? Math.sqrt(2) : 2;
        Map<String, Integer> twice = new LinkedHashMap<>();
        ranks.rankPattern().forEach((key, value) -> twice.put(key, 2 * value));
        Map<String, Double> alphas = new LinkedHashMap<>();
        ranks.alphaPattern().forEach((key, value) -> alphas.put(key, growth * value));
        return new LoraConfig(
                new Ranks(2 * ranks.rank(), growth * ranks.alpha(), twice, alphas, ranks.rankStabilized()),
                dropout,
                bias,
                fanInFanOut,
                new Start(start.dora(), LoraInitialization.ZERO),
                modules,
                origin);
    }

    /** Returns the rank of a module. */
    public int rankOf(String module) {
        return ranks.rankPattern().entrySet().stream()
                .filter(entry -> matches("rank_pattern", entry.getKey(), module))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(ranks.rank());
    }

    /** Returns the alpha of a module. */
    public double alphaOf(String module) {
        return ranks.alphaPattern().entrySet().stream()
                .filter(entry -> matches("alpha_pattern", entry.getKey(), module))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(ranks.alpha());
    }

    /** Returns the factor s of a module's B(A(x)). */
    public double scalingOf(String module) {
        int moduleRank = rankOf(module);
        return alphaOf(module) / (ranks.rankStabilized() ? Math.sqrt(moduleRank) : moduleRank);
    }

    /** Returns whether a pattern's key means the module. */
    static boolean matches(String what, String key, String module) {
        return UserPattern.of(what, "(.*\\.)?(" + key + ")").matches(module);
    }

    /** The biases of the base model that train with an adapter. */
    public enum LoraBias {
        /** No bias trains. */
        NONE,
        /** All biases of the model train; with the adapter off they stay trained. */
        ALL,
        /** The biases of the adapted modules train. */
        LORA_ONLY
    }

    /** The ways in which an adapter's weights start, under PEFT's {@code init_lora_weights} values. */
    public enum LoraInitialization {
        /** A Kaiming-uniform, B zero: the adapted model starts as the base. PEFT writes {@code true}. */
        ZERO("true", false),
        /** Initialises A and B at random: A Kaiming-uniform, B too. PEFT writes {@code false}. */
        RANDOM("false", false),
        /** A normal with deviation 1/rank, B zero. */
        GAUSSIAN("gaussian", false),
        /** A and B from an orthogonal matrix. */
        ORTHOGONAL("orthogonal", false),
        /** A from the activations' singular vectors, B zero. */
        EVA("eva", false),
        /** The leading singular vectors of the weight; the base keeps the residual. */
        PISSA("pissa", true),
        /** The weight's QR decomposition; the base keeps the residual. */
        OLORA("olora", true);

        private final String peftName;
        private final boolean changesBase;

        LoraInitialization(String peftName, boolean changesBase) {
            this.peftName = peftName;
            this.changesBase = changesBase;
        }

        /**
         * Returns whether an adapter that is saved with this initialisation only fits a base from which the start was subtracted.
         */
        public boolean changesBase() {
            return changesBase;
        }

        /** Returns the initialisation's value in {@code adapter_config.json}, true and false as text. */
        public String peftName() {
            return peftName;
        }

        /** The initialisation of that PEFT value, or empty when it isn't supported. */
        public static Optional<LoraInitialization> ofPeft(String name) {
            return Arrays.stream(values())
                    .filter(value -> value.peftName.equals(name))
                    .findFirst();
        }
    }

    /**
     * What an {@code adapter_config.json} says about where the adapter belongs, and what it holds that Align4J passes on.
     *
     * @param baseModel the base model's directory or hub name, or null
     * @param revision the base model's revision, or null
     * @param taskType {@code CAUSAL_LM}, {@code SEQ_CLS} or another of PEFT's, or null
     * @param other keys that have no effect here, as they stood in the file
     */
    public record AdapterOrigin(
            @Nullable String baseModel,
            @Nullable String revision,
            @Nullable String taskType,
            Map<String, JsonNode> other) {
        public AdapterOrigin {
            other = Collections.unmodifiableMap(new LinkedHashMap<>(other));
        }

        /** Returns the origin of an adapter of no known model. */
        public static AdapterOrigin unknown() {
            return new AdapterOrigin(null, null, null, Map.of());
        }

        /** A language model's adapter for {@code baseModel}. */
        public static AdapterOrigin causalLanguageModel(@Nullable String baseModel) {
            return new AdapterOrigin(baseModel, null, "CAUSAL_LM", Map.of());
        }

        /** The adapter of a model of scores for {@code baseModel}; {@code taskType} is PEFT's name of the task. */
        public static AdapterOrigin classifier(@Nullable String baseModel, String taskType) {
            return new AdapterOrigin(baseModel, null, taskType, Map.of());
        }

        /** Whether the head is a classifier's, which is trained and saved in full. */
        boolean isClassifier() {
            return "SEQ_CLS".equals(taskType) || "TOKEN_CLS".equals(taskType);
        }
    }
}
