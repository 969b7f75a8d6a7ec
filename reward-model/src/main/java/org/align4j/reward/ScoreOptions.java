package org.align4j.reward;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.cli.ModelOptions;
import org.align4j.core.cli.options.Option;
import org.align4j.core.data.encode.BadRows;
import org.align4j.core.data.read.Columns;
import org.align4j.core.data.read.RowFormat;
import org.align4j.core.data.read.RowSource;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align score}.
 *
 * @param data files of preferences or of answers
 * @param columns from this project's column names to those in the files
 * @param out where the lines go, or null for the terminal
 * @param raw whether scores are left as the head gives them
 */
public record ScoreOptions(
        ModelOptions model,

        @Option(help = "Rows to score: .jsonl, .json, each also .gz; files and globs, comma separated.")
        List<String> data,

        @Option(help = "Layout of the rows; auto sees it in the first row of each file.", defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        @Option(help = "End at a broken row, naming file and line, or drop it.", defaultValue = "error")
        BadRows badRows,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out,

        @Option(
                help =
                        "Scores as the head gives them, not normalised to mean 0 and deviation 1 on the training responses.")
        boolean raw) {

    /** Checks the names of columns. */
    public ScoreOptions {
        data = List.copyOf(data);
        columns = new Columns(columns).names();
    }

    RowSource source() {
        return RowSource.of("data", data, format, new Columns(columns));
    }
}
