package org.align4j.core.cli.compare;

import java.nio.file.Path;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.options.Option;
import org.align4j.core.task.TaskSettings.AnswerSettings;
import org.align4j.core.task.TaskSettings;
import org.jspecify.annotations.Nullable;

/**
 * Says how a model is asked the items of tasks: a group of options.
 *
 * @param fewShot examples before each item
 * @param fewShotData the task that examples come from; null: each task's own items
 * @param applyChatTemplate whether prompts go through the chat template; null: as each kind usually has it
 * @param limit items of each task; null: all
 * @param tooLong whether items that don't fit the model end the evaluation or are left out
 */
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

        @Option(help = "Only the first items of each task; more narrow the intervals and take longer.", unset = "all")
        @Nullable
        Integer limit,

        @Option(help = "End at an item that is longer than max-length, or drop and count it.", defaultValue = "error")
        BadRows tooLong) {

    /** Checks ranges, and that examples are asked for where a file of them is named. */
    public AskingOptions {
        new TaskSettings(fewShot, fewShotData, applyChatTemplate, 0, limit, true, AnswerSettings.USUAL);
    }

    TaskSettings settings(long seed, AnswerSettings answers) {
        return new TaskSettings(fewShot, fewShotData, applyChatTemplate, seed, limit, tooLong == BadRows.DROP, answers);
    }
}
