package org.align4j.reward;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.read.RowSource;
import org.align4j.core.data.row.Columns;
import org.align4j.core.data.row.RowFormat;
import org.align4j.core.data.rules.BadRows;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.reward.steps.Aggregate;
import org.align4j.reward.steps.StepForm;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align score}.
 *
 * @param data files of preferences or of answers
 * @param columns from this project's column names to those in the files
 * @param out where the lines go, or null for the terminal
 * @param raw whether scores are left as the head gives them
 * @param stepSeparator what ends a step, for a process reward model; null: as it was trained
 * @param stepAggregate how such a model scores an answer; null: as it was trained
 */
public record ScoreOptions(
        ModelOptions model,

        @Option(help = "Rows to score: .jsonl, .json, each also .gz; files and globs, comma separated.")
        List<String> data,

        @Option(help = "Layout of the rows; auto sees it in the first row of each file.", defaultValue = "auto")
        RowFormat format,

        @Option(help = "What the files call the columns, such as prompt=question.", defaultValue = "")
        Map<String, String> columns,

        @Option(
                help = "End at broken rows, naming file and line of the first 20, or drop them.",
                defaultValue = "error")
        BadRows badRows,

        @Option(help = "File for the lines; without it they are printed.") @Nullable
        Path out,

        @Option(
                help =
                        "Scores as the head gives them, not normalised to mean 0 and deviation 1 on the training responses.")
        boolean raw,

        @Option(
                help =
                        "Process reward models: what ends each step (\\n: a line break, \\t a tab, \\\\ a backslash); auto is"
                                + " as it was trained.",
                unset = "auto",
                escapes = true)
        @Nullable
        String stepSeparator,

        @Option(
                help =
                        "Process reward models: how the scores of steps become an answer's: min, product or last; auto is as it"
                                + " was trained.",
                unset = "auto")
        @Nullable
        Aggregate stepAggregate) {

    /** Checks the names of columns. */
    public ScoreOptions {
        data = List.copyOf(data);
        columns = new Columns(columns).names();
        StepForm.USUAL.with(stepSeparator, stepAggregate);
    }

    /**
     * Refuses options that say nothing to such a model.
     *
     * @param steps whether it scores steps
     */
    void requireFor(boolean steps) {
        if (steps && raw) {
            throw new InputException(
                    "raw is true but a process reward model's scores are probabilities and never normalised"
                            + " here; leave it out.");
        }
        String given = stepSeparator != null ? "step-separator" : stepAggregate != null ? "step-aggregate" : "";
        if (!steps && !given.isEmpty()) {
            throw new InputException(given + " is for process reward models, but " + model.model()
                    + " scores whole answers; leave it out.");
        }
    }

    RowSource source() {
        return RowSource.of("data", data, format, new Columns(columns));
    }
}
