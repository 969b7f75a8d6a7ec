package org.align4j.core.cli.model;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.LayoutOptions;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.ExecutorOptions;
import org.align4j.core.session.options.ModelOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align logprobs}.
 *
 * @param executors who takes the forwards
 */
record LogProbsOptions(
        ModelOptions model,
        ExecutorOptions executors,

        @Option(
                help =
                        "Rows to score: .jsonl, .json, .csv, .tsv, each also .gz or .zst, .parquet; files, globs, hf:org/name:split, comma separated; - is standard input.")
        List<String> data,

        LayoutOptions layout,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out,

        @Option(help = "Write each token's log-probability and its text too.")
        boolean perToken) {

    /** Copies the names. */
    public LogProbsOptions {
        data = List.copyOf(data);
    }

    ClusterOptions cluster() {
        return ClusterOptions.of(executors);
    }

    RowSource source() {
        return layout.once("data", data);
    }
}
