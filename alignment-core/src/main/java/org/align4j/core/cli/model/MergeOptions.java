package org.align4j.core.cli.model;

import java.nio.file.Path;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** The options of {@code align merge}. */
record MergeOptions(
        @Option(help = "Model directory, org/name[@revision] from the Hugging Face cache, or a run directory.")
        String model,

        @Option(help = "The adapter to merge: a PEFT, run or checkpoint directory; without it the run's own.") @Nullable
        String adapter,

        @Option(help = "Directory for the merged model; must be new or empty.")
        Path out,

        @Option(help = "Of the weights written; auto is what the model's own files have.", defaultValue = "auto")
        StoredDtype dtype) {

    /** Element types of a merged model's files; {@code AUTO} is that of the base, weight by weight. */
    public enum StoredDtype {
        AUTO,
        BF16,
        FP16,
        FP32
    }
}
