package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align render}: either {@code cases}, or {@code model} and {@code data}.
 *
 * @param template how messages are rendered
 */
record RenderOptions(
        @Option(
                help =
                        "Model: a directory with tokenizer.json and, for messages, a chat template; org/name[@revision] from the hub, or a run.")
        @Nullable
        String model,

        @Option(help = "Files of rows: names and globs, separated by commas.", defaultValue = "")
        List<String> data,

        @Option(help = "Rows shown; more print more.", defaultValue = "3")
        int rows,

        @Option(help = "A file of {\"template\", \"messages\" …} rows to render, instead of a model's data.") @Nullable
        Path cases,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out,

        TemplateOptions template) {

    /** Checks that the options go together. */
    public RenderOptions {
        InputException.requireAtLeast(1, "rows", rows, "");
        if (cases != null && (model != null || !data.isEmpty())) {
            throw new InputException("cases bring their own templates and messages; drop model and data, or cases.");
        }
        if (cases == null && (model == null || data.isEmpty())) {
            throw new InputException("render needs a model and data; give --model and --data, or --cases.");
        }
    }
}
