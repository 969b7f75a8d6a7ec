package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/** The options of {@code align tokenize}. */
record TokenizeOptions(
        @Option(help = "Model: a directory with tokenizer.json, org/name[@revision] from the hub, or a run.")
        String model,

        @Option(help = "Files of {\"text\"} rows: names and globs, separated by commas.")
        List<String> data,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out) {}
