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
import org.align4j.core.shards.ExecutorOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align convert}.
 *
 * @param source how the files that are read are laid out
 * @param executors which other machines convert rows
 */
record ConvertOptions(
        @Option(help = "Files of rows: names and globs, separated by commas.")
        List<String> data,

        @Option(help = "The file that is written: .jsonl or .jsonl.gz; with cluster a new or empty folder for shards.")
        Path out,

        SourceOptions source,

        @Option(help = "Layout that is written.", defaultValue = "pairs")
        TargetLayout to,

        @Option(
                help =
                        "Makes a field of a row's own fields: prompt={instruction}\\n{input}; may be given several times.",
                defaultValue = "",
                repeats = true)
        List<FieldTemplate> map,

        PairOptions pairing,

        @Option(
                help = "What happens to rows that can't be read: an error, or left out and counted.",
                defaultValue = "error")
        BadRows badRows,

        ExecutorOptions executors) {
    /**
     * The options for the layout of the files that convert reads.
     *
     * @param form how the files are written
     */
    record SourceOptions(
            @Option(help = "Layout of the files; auto recognises it.", defaultValue = "auto")
            RowFormat from,

            @Option(help = "What the files call the columns: prompt=question,…", defaultValue = "")
            Columns columns,

            FileForm form) {}

    /** The options for how convert makes pairs of several answers to a prompt. */
    record PairOptions(
            @Option(help = "Pairs made of several graded answers; best-worst unless given.") @Nullable
            Pairing pairs,

            @Option(
                    help =
                            "Leaves out pairs whose ratings, ranks or margin are less apart; a larger one keeps fewer and clearer pairs.")
            @Nullable
            Double minGap,

            @Option(help = "What happens to pairs where neither answer is better.", defaultValue = "drop")
            TieRule ties) {}

    /** Checks names and ranges. */
    public ConvertOptions {
        data = List.copyOf(data);
        map = List.copyOf(map);
        String name = String.valueOf(out.getFileName());
        boolean file = name.endsWith(".jsonl") || name.endsWith(".jsonl.gz");
        if (executors.isUsed() && file) {
            throw new InputException("out is " + out + ", but cluster is " + executors.cluster()
                    + ", whose executors write a folder of shards, which are not packed; name a folder.");
        }
        if (!executors.isUsed() && !file) {
            throw new InputException(
                    "out is " + out + " but rows are written one per line; name it .jsonl or .jsonl.gz.");
        }
        if (executors.clusterMixed()) {
            throw new InputException(
                    "cluster-mixed is true, but a conversion rounds nothing; leave --cluster-mixed out.");
        }
    }

    /** Returns the rules of the conversion. */
    ConversionRules rules() {
        return new ConversionRules(to, map, pairing.pairs(), pairing.minGap(), pairing.ties(), badRows);
    }
}
