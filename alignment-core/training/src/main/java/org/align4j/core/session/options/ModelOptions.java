package org.align4j.core.session.options;

import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * The model a command runs: a group of options.
 *
 * @param engine where and how to compute
 * @param template how messages are rendered
 */
public record ModelOptions(
        @Option(help = "Model directory, org/name[@revision] from the Hugging Face cache, or a run directory.")
        String model,

        @Option(help = "Adapter on the model: a PEFT, run or checkpoint directory.") @Nullable
        String adapter,

        @Option(
                help = "Tokens that a sequence may have; more take more memory; the default is the model's limit.",
                unset = "model")
        @Nullable
        Integer maxLength,

        EngineOptions engine,
        TemplateOptions template) {

    /** Checks ranges. */
    public ModelOptions {
        InputException.requireAtLeast(1, "max-length", maxLength, "");
    }
}
