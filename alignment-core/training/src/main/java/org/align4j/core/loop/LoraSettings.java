package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.model.Decoder;
import org.align4j.core.model.DecoderLayer;
import org.align4j.core.model.Linear;

/**
 * Says how a new LoRA adapter begins. B is zero, so that the adapted model begins as the model it is on.
 *
 * @param rank of the two matrices of each pair
 * @param alpha numerator of the scaling: the update is multiplied by {@code alpha / rank}
 * @param targets the modules that get a pair
 * @param seed of the random matrices A
 */
public record LoraSettings(int rank, double alpha, Targets targets, long seed) {
    /** Checks rank and scaling. */
    public LoraSettings {
        InputException.requireAtLeast(1, "rank", rank, "8 to 64 is usual");
        if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new InputException(format("alpha is %s but must be positive; twice the rank is usual.", alpha));
        }
    }

    /** Returns what the training commands take where nothing is said: rank 16, alpha 32, every linear layer, seed 42. */
    public static LoraSettings usual() {
        return new LoraSettings(16, 32, new Targets.Named("all-linear"), 42);
    }

    /** Returns these settings with another rank; alpha stays, so that the update is scaled otherwise. */
    public LoraSettings withRank(int other) {
        return new LoraSettings(other, alpha, targets, seed);
    }

    /** Returns these settings with another seed. */
    public LoraSettings withSeed(long other) {
        return new LoraSettings(rank, alpha, targets, other);
    }

    /** Returns these settings with another alpha. */
    public LoraSettings withAlpha(double other) {
        return new LoraSettings(rank, other, targets, seed);
    }

    /**
     * Returns these settings with other modules.
     *
     * @param names {@code all-linear}, ends of module names with commas between them, or {@code regex:…}
     */
    public LoraSettings on(String names) {
        return new LoraSettings(rank, alpha, new Targets.Named(names), seed);
    }

    /** Returns these settings with pairs on all modules of some parts of the model, whatever its family calls them. */
    public LoraSettings on(Set<ModelPart> parts) {
        return new LoraSettings(rank, alpha, new Targets.Parts(parts), seed);
    }

    /** Returns these settings as the options of the training commands, for a model. */
    public LoraOptions options(Decoder decoder) {
        return new LoraOptions(
                new LoraOptions.SizeOptions(rank, alpha, 0),
                targets.names(decoder),
                LoraOptions.Variant.PLAIN,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
    }

    /** The parts of a language model that an adapter may be on. */
    public enum ModelPart {
        /** Products of queries, keys, values and their sum in each layer. */
        ATTENTION,
        /** Products of the feed-forward part of each layer, all experts among them. */
        MLP,
        /** The output's matrix. Where it is the embedding's too (tied), the pair changes the output and not the lookup. */
        UNEMBEDDING
    }

    /** Says which modules get a pair. */
    public sealed interface Targets {
        /** Returns ends of module names, as {@code --lora-targets} takes them. */
        String names(Decoder decoder);

        /**
         * Names modules.
         *
         * @param names {@code all-linear}, ends of module names with commas between them, or {@code regex:…}
         */
        record Named(String names) implements Targets {
            @Override
            public String names(Decoder decoder) {
                return names;
            }
        }

        /**
         * Names parts of the model.
         *
         * @param parts at least one
         */
        record Parts(Set<ModelPart> parts) implements Targets {
            private static final Pattern LAYER = Pattern.compile("^.*?\\.\\d+\\.");

            /** Checks that there is a part. */
            public Parts {
                if (parts.isEmpty()) {
                    throw new InputException(
                            "The adapter is on no part of the model but needs one of attention, MLP and unembedding.");
                }
                parts = Set.copyOf(parts);
            }

            @Override
            public String names(Decoder decoder) {
                Set<String> names = new LinkedHashSet<>();
                for (DecoderLayer layer : decoder.layers()) {
                    Set<Linear> attention = layer.attention().linears().collect(Collectors.toSet());
                    layer.linears()
                            .filter(linear ->
                                    parts.contains(attention.contains(linear) ? ModelPart.ATTENTION : ModelPart.MLP))
                            .forEach(linear ->
                                    names.add(LAYER.matcher(linear.module()).replaceFirst("")));
                }
                if (parts.contains(ModelPart.UNEMBEDDING)) {
                    names.add(decoder.output().module());
                }
                return String.join(",", names);
            }
        }
    }
}
