package org.align4j.core.loop;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import java.util.Map;
import org.align4j.core.error.InputException;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;

/**
 * Says how a new LoRA adapter begins. B is zero, so that the adapted model begins as the model it stands on.
 *
 * @param rank of the two matrices of each pair
 * @param alpha numerator of the scaling: the update is multiplied by {@code alpha / rank}
 * @param targets the modules that get a pair: {@code all-linear}, ends of module names with commas between them, or {@code regex:…}
 * @param seed of the random matrices A
 */
public record LoraSettings(int rank, double alpha, String targets, long seed) {
    /** Checks rank and scaling. */
    public LoraSettings {
        InputException.requireAtLeast(1, "rank", rank, "8 to 64 is usual");
        if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
            throw new InputException(format("alpha is %s but must be positive; twice the rank is usual.", alpha));
        }
    }

    /** Returns what the training commands take where nothing is said: rank 16, alpha 32, every linear layer, seed 42. */
    public static LoraSettings usual() {
        return new LoraSettings(16, 32, "all-linear", 42);
    }

    /** Returns these settings with another rank; alpha stays, so that the update is scaled otherwise. */
    public LoraSettings withRank(int other) {
        return new LoraSettings(other, alpha, targets, seed);
    }

    /** Returns these settings with another seed. */
    public LoraSettings withSeed(long other) {
        return new LoraSettings(rank, alpha, targets, other);
    }

    /** Returns these settings as the options of the training commands. */
    public LoraOptions options() {
        return new LoraOptions(
                rank,
                alpha,
                0,
                targets,
                LoraOptions.Variant.PLAIN,
                null,
                null,
                LoraBias.NONE,
                Map.of(),
                Map.of(),
                List.of());
    }
}
