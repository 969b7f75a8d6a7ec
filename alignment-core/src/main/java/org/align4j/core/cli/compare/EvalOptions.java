package org.align4j.core.cli.compare;

import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.InputException;
import org.align4j.core.options.Option;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.task.TaskSettings;
import org.align4j.core.task.TaskSettings.AnswerSettings;
import org.jspecify.annotations.Nullable;

/** The options of {@code align eval}. */
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
        InputException.requireAtLeast(1, "micro-batch-tokens", microBatchTokens, "");
    }

    /** Returns how the model is asked. */
    TaskSettings settings() {
        return asking.settings(model.engine().seed(), answers.settings());
    }

    /** Says how answers are written and compared: a group of options. */
    record AnswerOptions(
            @Option(
                    help =
                            "Tokens an answer may have; more cut fewer answers and take longer; by default 256, for IFEval 1280.",
                    unset = "auto")
            @Nullable
            Integer maxNewTokens,

            @Option(
                    help =
                            "Divides the scores of answers' tokens; a higher one makes answers more varied, 0 always takes the likeliest.",
                    defaultValue = "0")
            double temperature,

            @Option(
                    help =
                            "Texts at which an answer ends, comma separated; they are cut off. White space counts; \\n is a"
                                    + " line break, \\t a tab, \\\\ a backslash, \\, a comma.",
                    defaultValue = "",
                    escapes = true)
            List<String> stop,

            @Option(
                    help =
                            "A pattern with a group, whose last match is compared with the answer, such as ####\\s*(\\S+).")
            @Nullable
            String answerPattern) {

        /** Checks ranges. */
        public AnswerOptions {
            stop = List.copyOf(stop);
            new AnswerSettings(maxNewTokens, temperature, stop, answerPattern);
        }

        AnswerSettings settings() {
            return new AnswerSettings(maxNewTokens, temperature, stop, answerPattern);
        }
    }

    /** Says how a model is asked the items of tasks: a group of options. */
    record AskingOptions(
            @Option(
                    help =
                            "Examples before each item, drawn as lm-evaluation-harness draws them; more show the form better and take longer.",
                    defaultValue = "0")
            int fewShot,

            @Option(help = "A task of the same kind that examples are drawn from.", unset = "none") @Nullable
            Path fewShotData,

            @Option(
                    help = "Ask by the model's chat template; auto: for IFEval, and for prompts that are messages.",
                    unset = "auto")
            @Nullable
            Boolean applyChatTemplate,

            @Option(
                    help = "Only the first items of each task; more narrow the intervals and take longer.",
                    unset = "all")
            @Nullable
            Integer limit,

            @Option(
                    help = "End at an item that is longer than max-length, or drop and count it.",
                    defaultValue = "error")
            BadRows tooLong) {

        /** Checks ranges, and that examples are asked for where a file of them is named. */
        public AskingOptions {
            new TaskSettings(fewShot, fewShotData, applyChatTemplate, 0, limit, true, AnswerSettings.USUAL);
        }

        TaskSettings settings(long seed, AnswerSettings answers) {
            return new TaskSettings(
                    fewShot, fewShotData, applyChatTemplate, seed, limit, tooLong == BadRows.DROP, answers);
        }
    }
}
