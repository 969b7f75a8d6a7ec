package org.align4j.core.cli.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ClusterOptions;
import org.align4j.core.session.options.ExecutorOptions;
import org.align4j.core.session.options.ModelOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align logprobs}.
 *
 * @param executors who takes the forwards
 * @param form how the files are written
 */
record LogProbsOptions(
        ModelOptions model,
        ExecutorOptions executors,

        @Option(
                help =
                        "Rows to score: .jsonl, .json, .csv, .tsv, each also .gz or .zst, .parquet; files, globs, hf:org/name:split, comma separated; - is standard input.")
        List<String> data,

        @Option(help = "Layout of the rows; auto sees it in the first row of each file.", defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        FileForm form,

        @Option(
                help = "End at broken rows, naming file and line of the first 20, or drop them.",
                defaultValue = "error")
        BadRows badRows,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out,

        @Option(help = "Write each token's log-probability and its text too.")
        boolean perToken) {

    /** Checks the names of columns. */
    public LogProbsOptions {
        data = List.copyOf(data);
        columns = new Columns(columns).names();
    }

    ClusterOptions cluster() {
        return ClusterOptions.of(executors);
    }

    RowSource source() {
        return RowSource.once("data", data, format, new Columns(columns)).with(form);
    }
}
