package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.eval.UsualWarnings.EarlyWarning;
import org.align4j.core.figure.MethodFigures;

/** What a training method knows of its own runs that early warnings need. */
public interface MethodWarnings {
    /** Returns the figures of the method's runs. */
    MethodFigures figures();

    /** Returns warnings about the settings alone, before the first step. */
    default List<Warning> ofSettings() {
        return List.of();
    }

    /** What is looked for in its figures, in the order in which it is reported. */
    default List<EarlyWarning> early() {
        return UsualWarnings.ALL;
    }

    /** Warns that there are few rows to train on. */
    default Warning fewRows(long rows) {
        return Warnings.fewRows(format("There are only %,d rows to train on.", rows));
    }

    /**
     * Warns that there are few updates.
     *
     * @param updates times that the whole run moves the weights
     */
    default Warning fewUpdates(long updates) {
        return Warnings.fewUpdates(
                format("The run has only %,d optimizer %s.", updates, updates == 1 ? "step" : "steps"),
                "Raise epochs or lower batch-size; below 50 steps little is learned.");
    }
}
