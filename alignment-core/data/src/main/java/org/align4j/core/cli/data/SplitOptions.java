package org.align4j.core.cli.data;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.file.FileForm;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.split.DivisionRules;
import org.align4j.core.data.split.DivisionRules.Fractions;
import org.align4j.core.data.split.DivisionRules.GroupBy;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.shards.ExecutorOptions;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align split}.
 *
 * @param layout how the files of rows are laid out
 * @param executors which other machines divide rows
 */
record SplitOptions(
        @Option(help = "Files of rows: names and globs, separated by commas.")
        List<String> data,

        @Option(help = "Folder for the parts and split.json; must be new or empty.")
        Path out,

        @Option(help = "Parts and their shares, such as train=.8,val=.1,test=.1.")
        Fractions fractions,

        LogOptions layout,
        GroupingOptions grouping,

        @Option(
                help =
                        "What happens to rows that can't be read, or lack the field that defines their group: an error, or left out and counted.",
                defaultValue = "error")
        BadRows badRows,

        @Option(help = "Another seed gives another split.", defaultValue = "42")
        long seed,

        ExecutorOptions executors) {
    /**
     * The options for the layout of the files that split reads.
     *
     * @param form how the files are written
     */
    record LogOptions(
            @Option(help = "Layout of the rows; auto recognises it.", defaultValue = "auto")
            RowFormat format,

            @Option(help = "What the files call the columns: prompt=question,…", defaultValue = "")
            Columns columns,

            FileForm form) {}

    /** Which rows stay in one part. */
    record GroupingOptions(
            @Option(help = "What rows must share to stay in one part.")
            GroupBy by,

            @Option(help = "A field whose values have the same shares in each part, as far as groups allow.") @Nullable
            String stratify,

            @Option(help = "Rows of one user that are used at most; more keep more rows and let busy users count more.")
            @Nullable
            Integer capPerUser,

            @Option(
                    help =
                            "With by time: when the second part begins, the third, …; without it the fractions say so. Those that split.json has keep every row where it was.",
                    defaultValue = "")
            List<String> cuts) {
        GroupingOptions {
            cuts = List.copyOf(cuts);
        }
    }

    /** Checks that the options go together. */
    public SplitOptions {
        data = List.copyOf(data);
        DivisionRules rules = new DivisionRules(
                fractions, grouping.by(), grouping.stratify(), grouping.capPerUser(), grouping.cuts(), badRows, seed);
        String reason = rules.reasonForOneMachine();
        if (executors.isUsed() && reason != null) {
            throw new InputException("cluster is " + executors.cluster()
                    + ", whose executors see one file at a time, but " + reason + ", or leave --cluster out.");
        }
        if (executors.clusterMixed()) {
            throw new InputException("cluster-mixed is true, but a split rounds nothing; leave --cluster-mixed out.");
        }
    }

    /** Returns the rules of the split. */
    DivisionRules rules() {
        return new DivisionRules(
                fractions, grouping.by(), grouping.stratify(), grouping.capPerUser(), grouping.cuts(), badRows, seed);
    }
}
