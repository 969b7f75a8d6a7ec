package org.align4j.core.session;

import org.align4j.core.cli.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * What is trained: a group of options.
 *
 * @param model a Hugging Face style, run or checkpoint directory
 * @param adapter the adapter to start from, or null for a new one
 * @param method low-rank pairs, or every weight
 * @param recompute whether layers are computed again in the backward pass, or null for what fits
 */
public record PolicyOptions(
        @Option(help = "Model directory, org/name[@revision] from the Hugging Face cache, or a run directory.")
        String model,

        @Option(help = "Start from this adapter: a PEFT, run or checkpoint directory.") @Nullable
        String adapter,

        @Option(help = "Train low-rank pairs on the frozen model, or every weight.", defaultValue = "lora")
        Method method,

        @Option(
                help = "Compute layers again in the backward pass: less memory, more time; auto decides by size.",
                unset = "auto")
        @Nullable
        Boolean recompute) {

    /** What trains. */
    public enum Method {
        LORA,
        FULL
    }
}
