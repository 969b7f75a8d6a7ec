package org.align4j.core.task;

import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * Holds how a model is asked.
 *
 * @param fewShot examples shown before each item
 * @param examples the task that examples are drawn from; null: the task itself, without the item that is asked
 * @param chatTemplate whether prompts go through the model's chat template; null: only those of IFEval, where the model has one
 * @param seed of the drawing of examples, and of what is drawn in answers
 * @param limit the first items of a task alone; null: all
 * @param dropsTooLong whether items that don't fit the model are left out and counted; else they are an error
 * @param answers how answers are written and read
 */
public record TaskSettings(
        int fewShot,
        @Nullable Path examples,
        @Nullable Boolean chatTemplate,
        long seed,
        @Nullable Integer limit,
        boolean dropsTooLong,
        AnswerSettings answers) {
    /** No examples, no template where none is needed, all items. */
    public static final TaskSettings USUAL = new TaskSettings(0, null, null, 42, null, false, AnswerSettings.USUAL);

    /** Checks ranges, and that examples are asked for where a file of them is named. */
    public TaskSettings {
        if (fewShot < 0) {
            throw new InputException("few-shot is " + fewShot + " but must be 0 or more.");
        }
        if (limit != null && limit < 1) {
            throw new InputException("limit is " + limit + " but must be at least 1; leave it out for all items.");
        }
        if (examples != null && fewShot == 0) {
            throw new InputException("few-shot-data is " + examples
                    + " but few-shot is 0, so that no example is shown; give --few-shot N.");
        }
    }
}
