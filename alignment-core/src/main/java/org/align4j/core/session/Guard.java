package org.align4j.core.session;

import java.nio.file.Path;
import org.align4j.core.run.StepMetrics;
import org.jspecify.annotations.Nullable;

/**
 * Whatever shows what a model forgets: general text and tasks, both of which each evaluation measures.
 *
 * @param text whose perplexity is measured; empty where none is watched
 * @param tasks that are asked; null where none are
 */
public record Guard(GuardPerplexity text, @Nullable GuardTasks tasks) {
    /** Whether nothing is watched. */
    public boolean isEmpty() {
        return text.isEmpty() && tasks == null;
    }

    /** Returns the figures of an evaluation with those of what is watched. */
    public StepMetrics addedTo(StepMetrics metrics) {
        StepMetrics more = text.addedTo(metrics);
        return tasks == null ? more : tasks.addedTo(more);
    }

    /** Keeps what must outlive the process in a run's directory. */
    public void keepIn(Path run) {
        if (tasks != null) {
            tasks.keepIn(run);
        }
    }
}
