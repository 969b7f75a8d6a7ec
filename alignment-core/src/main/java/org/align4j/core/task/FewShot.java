package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;

/**
 * Draws the examples that are shown before each item, as lm-evaluation-harness draws those of its default sampler: one drawing an item,
 * in the order of the items. Examples out of the task itself leave out the item that is asked, and those that equal it.
 */
final class FewShot {
    private final TaskPlan plan;
    private final int count;
    private final PythonRandom random;

    /**
     * Begins the drawings of a task.
     *
     * @param count examples before each item
     * @throws InputException where there are too few items to draw from
     */
    public FewShot(TaskPlan plan, int count, long seed) {
        this.plan = plan;
        this.count = count;
        this.random = new PythonRandom(seed);
        int needed = plan.ownExamples() ? count + 1 : count;
        if (count > 0 && plan.examples().size() < needed) {
            throw new InputException(format(
                    "few-shot is %d, but there are only %d items to draw from for %s; lower few-shot, or name more by few-shot-data.",
                    count, plan.examples().size(), plan.task().file()));
        }
    }

    /** Draws the examples of the next item. */
    public List<TaskRow> before(TaskRow item) {
        if (count == 0) {
            return List.of();
        }
        if (!plan.ownExamples()) {
            return random.sample(plan.examples(), count);
        }
        List<TaskRow> drawn = others(random.sample(plan.examples(), count + 1), item);
        if (drawn.size() >= count) {
            return drawn.subList(0, count);
        }
        List<TaskRow> rest = others(plan.examples(), item);
        if (rest.size() < count) {
            throw new InputException(format(
                    "%s: few-shot is %d, but only %d items of the task differ from this one; lower few-shot.",
                    item.place(), count, rest.size()));
        }
        return random.sample(rest, count);
    }

    private static List<TaskRow> others(List<TaskRow> rows, TaskRow item) {
        List<TaskRow> others = new ArrayList<>(rows);
        others.removeIf(item::saysSame);
        return others;
    }
}
