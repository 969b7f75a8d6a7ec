package org.align4j.core.cli.model;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.generate.GenerationSettings;
import org.align4j.core.generate.Sampling;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.ExecutorOptions;
import org.align4j.core.session.options.GenerationBatch;
import org.align4j.core.session.options.ModelOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align generate}.
 *
 * @param executors who makes the answers
 */
record GenerateOptions(
        ModelOptions model,
        ExecutorOptions executors,

        @Option(
                help =
                        "Rows whose prompts are answered: .jsonl, .json, .parquet; files, globs, hf:org/name:split, comma separated; - is standard input.")
        List<String> prompts,

        LayoutOptions layout,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out,

        @Option(
                help =
                        "Preferences, desirable answers or conversations that stand before each conversation as examples, system messages left out; files, comma separated. More of them leave less room for the answer.",
                defaultValue = "")
        List<String> examples,

        @Option(help = "Tokens an answer may have; more cut fewer answers and take longer.", defaultValue = "128")
        int maxNewTokens,

        Sampling sampling,

        @Option(help = "Answers to each prompt; more take longer.", defaultValue = "1")
        int samples,

        @Option(help = GenerationBatch.HELP, unset = "auto") @Nullable
        Integer generationBatch,

        @Option(
                help = "Texts at which an answer ends, comma separated; they are cut off. White space counts; \\n is a"
                        + " line break, \\t a tab, \\\\ a backslash, \\, a comma.",
                defaultValue = "",
                escapes = true)
        List<String> stop,

        @Option(help = "Go on past the end-of-sequence token.", defaultValue = "false")
        boolean ignoreEos) {

    /** Checks ranges. */
    public GenerateOptions {
        prompts = List.copyOf(prompts);
        examples = List.copyOf(examples);
        stop = List.copyOf(stop);
        new GenerationSettings(maxNewTokens, sampling, samples, 0, stop, ignoreEos);
        new GenerationBatch(generationBatch, executors);
    }

    GenerationSettings settings() {
        return new GenerationSettings(
                maxNewTokens, sampling, samples, model.engine().seed(), stop, ignoreEos);
    }

    GenerationBatch batch() {
        return new GenerationBatch(generationBatch, executors);
    }

    ClusterOptions cluster() {
        return ClusterOptions.of(executors);
    }

    RowSource source() {
        return layout.once("prompts", prompts);
    }
}
