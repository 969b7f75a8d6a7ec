package org.align4j.core.figure;

import java.util.Collection;
import java.util.List;

/**
 * The names of the figures of a guard task in an evaluation: its value, and by how much that is above the first evaluation's, with the
 * bounds of the paired difference's interval.
 *
 * @param task the task's name
 */
public record GuardTaskFigures(String task) {
    private static final String PREFIX = "guard_tasks/";
    private static final String CHANGE = "/change";

    /** Returns the name of the value: the share of items that are right. */
    public String value() {
        return PREFIX + task;
    }

    /** Returns the name of the value less that of the first evaluation. */
    public String change() {
        return value() + CHANGE;
    }

    /** Returns the name of the interval's lower bound. */
    public String changeLow() {
        return change() + "_low";
    }

    /** Returns the name of the interval's upper bound. */
    public String changeHigh() {
        return change() + "_high";
    }

    /** Whether the name of an evaluation's figure is one of a guard task. */
    public static boolean isOne(String name) {
        return name.startsWith(Figure.EVALUATION + PREFIX);
    }

    /** Returns the figures of the tasks that have some among the names of an evaluation's figures, in their order. */
    public static List<GuardTaskFigures> among(Collection<String> names) {
        return names.stream()
                .filter(name -> isOne(name) && name.endsWith(CHANGE))
                .map(name -> name.substring((Figure.EVALUATION + PREFIX).length(), name.length() - CHANGE.length()))
                .map(GuardTaskFigures::new)
                .toList();
    }
}
