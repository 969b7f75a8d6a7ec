package org.align4j.core.task;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds what a model made of a task.
 *
 * @param task the task, with the items that were asked alone
 * @param figures over all items, by name, in the order of eval.json: numbers, intervals as two numbers
 * @param items each item that was asked, in order
 * @param dropped items that don't fit the model
 */
public record TaskResult(TaskFile task, Map<String, Object> figures, List<TaskItem> items, int dropped) {
    /** The figure of a text's tokens that have no log-probability, in eval.json. */
    public static final String UNSCORED = "unscored_tokens";

    /** Copies map and list. */
    public TaskResult {
        figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
        items = List.copyOf(items);
    }

    /** Returns how many tokens of its texts are in no figure; 0 for other kinds of task. */
    public long unscored() {
        return figures.get(UNSCORED) instanceof Long tokens ? tokens : 0;
    }

    /** Returns the task's name. */
    public String name() {
        return task.name();
    }

    /** Returns the name of the measure that says most: {@code acc}, for IFEval {@code prompt_level_strict_acc}, else perplexity. */
    public String headline() {
        return switch (task.kind()) {
            case MULTIPLE_CHOICE, EXACT_ANSWER -> "acc";
            case IFEVAL -> "prompt_level_strict_acc";
            case PERPLEXITY -> "perplexity";
        };
    }
}
