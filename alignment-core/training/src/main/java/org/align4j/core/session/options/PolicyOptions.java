package org.align4j.core.session.options;

import java.nio.file.Path;
import java.util.function.Function;
import org.align4j.core.error.InputException;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.options.Heading;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * Holds the options of what is trained.
 *
 * @param storage how the frozen model is held
 */
@Heading("What is trained")
public record PolicyOptions(
        @Option(help = "Model directory, org/name[@revision] from the Hugging Face cache, or a run directory.")
        String model,

        @Option(help = "Start from this adapter: a PEFT, run or checkpoint directory.") @Nullable
        String adapter,

        @Option(
                help =
                        "Train low-rank pairs on the frozen model (lora), on its matrices in few bits (qlora), or every weight.",
                defaultValue = "lora")
        Method method,

        StorageOptions storage,

        @Option(
                help = "Compute layers again in the backward pass: less memory, more time; auto decides by size.",
                unset = "auto")
        @Nullable
        Boolean recompute,

        @Option(
                help =
                        "Positions whose logits are in memory at a time; more take more memory; auto is 32 MiB of them, on a GPU up to 512 MiB. Never changes the result.",
                unset = "auto")
        @Nullable
        Integer logProbChunk) {

    /** Checks ranges, and what goes together. */
    public PolicyOptions {
        storage.require(method, recompute);
        InputException.requireAtLeast(1, "log-prob-chunk", logProbChunk, "leave it out for auto");
    }

    /** The parts of the policy that a method trains. */
    public enum Method {
        LORA,
        QLORA,
        FULL
    }

    /** Returns these options with each name replaced by the directory that it stands for. */
    PolicyOptions located(Function<String, Path> directory) {
        return new PolicyOptions(
                directory.apply(model).toString(),
                adapter == null ? null : directory.apply(adapter).toString(),
                method,
                storage,
                recompute,
                logProbChunk);
    }

    /** Returns how the base's weights are held in memory. */
    public Holding holding(Precision precision) {
        return storage.holding(method, precision);
    }
}
