package org.align4j.core.cli.compare;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.task.TaskSettings;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code align eval}.
 *
 * @param tasks files of tasks
 * @param out folder for eval.json and the items; null: the figures are printed alone
 * @param against folder of an earlier evaluation; null: nothing is compared
 * @param microBatchTokens tokens in a forward; null: usual for the model
 */
record EvalOptions(
        ModelOptions model,

        @Option(
                help =
                        "Tasks: .jsonl, .json, .parquet of {query, choices, gold}, {prompt, answer}, IFEval's rows or {text}, or .txt; files, globs, comma separated.")
        List<String> tasks,

        @Option(help = "Folder for eval.json and items-NAME.jsonl.") @Nullable
        Path out,

        @Option(help = "Folder of an earlier evaluation (its --out) to take paired differences from.") @Nullable
        Path against,

        AskingOptions asking,
        AnswerOptions answers,

        @Option(
                help =
                        "Tokens in one forward; more take more memory and save some time; never changes a result beyond rounding.",
                unset = "auto")
        @Nullable
        Integer microBatchTokens) {

    /** Checks ranges. */
    public EvalOptions {
        tasks = List.copyOf(tasks);
        if (microBatchTokens != null && microBatchTokens < 1) {
            throw new InputException("micro-batch-tokens is " + microBatchTokens + " but must be at least 1.");
        }
    }

    /** Returns how the model is asked. */
    TaskSettings settings() {
        return asking.settings(model.engine().seed(), answers.settings());
    }
}
