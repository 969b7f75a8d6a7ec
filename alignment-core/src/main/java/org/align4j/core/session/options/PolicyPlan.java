package org.align4j.core.session.options;

import java.util.OptionalInt;
import org.align4j.core.model.Residency;
import org.align4j.core.quantization.Quantization;
import org.jspecify.annotations.Nullable;

/**
 * What a run trains, every auto of {@link PolicyOptions} settled.
 *
 * @param model the directory that the model's name stood for
 * @param adapter the directory of the adapter that training starts from, or null for a new one
 * @param method what trains
 * @param quantization what the frozen matrices become; null: they stay as they are
 * @param weights whether frozen weights stay in memory
 * @param recompute whether layers are computed again in the backward pass
 * @param logProbChunk positions whose logits are in memory at a time; none where the model gives scores, no logits
 */
public record PolicyPlan(
        String model,
        @Nullable String adapter,
        PolicyOptions.Method method,
        @Nullable Quantization quantization,
        Residency weights,
        boolean recompute,
        OptionalInt logProbChunk) {

    /** Settles what is asked, for the sizes that were found. */
    static PolicyPlan of(PolicyOptions asked, Footprint footprint) {
        return new PolicyPlan(
                asked.model(),
                asked.adapter(),
                asked.method(),
                asked.storage().quantization(asked.method()),
                asked.storage().weights(),
                footprint.recompute(),
                footprint.logProbChunk());
    }

    /** Whether every weight trains, not an adapter. */
    public boolean isFull() {
        return method == PolicyOptions.Method.FULL;
    }

    /** Returns how the frozen matrices are held as text, of which log-probabilities depend; they don't on {@code weights}. */
    public String storageText() {
        return quantization == null ? "null null" : quantization.scheme() + " " + quantization.doubled();
    }

    /** Returns this plan as options: what config.yaml holds. */
    PolicyOptions options() {
        return new PolicyOptions(
                model,
                adapter,
                method,
                StorageOptions.of(quantization, weights),
                recompute,
                logProbChunk.isPresent() ? logProbChunk.getAsInt() : null);
    }
}
