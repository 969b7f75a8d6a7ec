package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.convert.ConversionRules;
import org.align4j.core.data.convert.ConversionRules.FieldTemplate;
import org.align4j.core.data.convert.ConversionRules.TargetLayout;
import org.align4j.core.data.convert.ConversionRules.TieRule;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align convert}.
 *
 * @param form how the files are written
 */
record ConvertOptions(
        @Option(help = "Files of rows: names and globs, separated by commas.")
        List<String> data,

        @Option(help = "The file that is written: .jsonl or .jsonl.gz.")
        Path out,

        @Option(help = "Layout of the files; auto recognises it.", defaultValue = "auto")
        RowFormat from,

        @Option(help = "What the files call the columns: prompt=question,…", defaultValue = "")
        Columns columns,

        FileForm form,

        @Option(help = "Layout that is written.", defaultValue = "pairs")
        TargetLayout to,

        @Option(
                help =
                        "Makes a field of a row's own fields: prompt={instruction}\\n{input}; may be given several times.",
                defaultValue = "",
                repeats = true)
        List<FieldTemplate> map,

        @Option(help = "Pairs made of several graded answers; best-worst unless given.") @Nullable
        Pairing pairs,

        @Option(
                help =
                        "Leaves out pairs whose ratings, ranks or margin are less apart; a larger one keeps fewer and clearer pairs.")
        @Nullable
        Double minGap,

        @Option(help = "What happens to pairs where neither answer is better.", defaultValue = "drop")
        TieRule ties,

        @Option(
                help = "What happens to rows that can't be read: an error, or left out and counted.",
                defaultValue = "error")
        BadRows badRows) {

    /** Checks names and ranges. */
    public ConvertOptions {
        data = List.copyOf(data);
        map = List.copyOf(map);
        String name = String.valueOf(out.getFileName());
        if (!name.endsWith(".jsonl") && !name.endsWith(".jsonl.gz")) {
            throw new InputException(
                    "out is " + out + " but rows are written one per line; name it .jsonl or .jsonl.gz.");
        }
    }

    /** Returns the rules of the conversion. */
    ConversionRules rules() {
        return new ConversionRules(to, map, pairs, minGap, ties, badRows);
    }
}
