package org.align4j.core.task;

import java.util.List;

/**
 * A task with the items that its examples are drawn from.
 *
 * @param task the items that are asked
 * @param examples the items to draw from
 * @param ownExamples whether those are the task's own, so that the item that is asked must be left out
 */
record TaskPlan(TaskFile task, List<TaskRow> examples, boolean ownExamples) {
    /** Copies the examples. */
    public TaskPlan {
        examples = List.copyOf(examples);
    }
}
