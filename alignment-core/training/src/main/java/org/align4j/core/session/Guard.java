package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.TextTokens;
import org.align4j.core.error.RunException;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.LoopFigures.GuardTaskFigures;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.task.GuardedTask;
import org.align4j.core.task.TaskModel;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskSuite;
import org.align4j.core.task.TextPerplexity;
import org.jspecify.annotations.Nullable;

/**
 * Measures at each evaluation what shows what a model forgets: the perplexity of general text, and the tasks of {@code --guard-tasks}, which
 * are compared with the first evaluation, item by item. Both evaluations of the tasks are kept in the run's directory, so that a resumed run
 * compares with the same first one.
 */
public final class Guard {
    private final TaskModel model;
    private final List<TextTokens> text;
    private final @Nullable TaskSuite suite;
    private List<GuardedTask> guarded = List.of();
    private @Nullable Path run;

    /**
     * @param model with what is trained, as it is at each time
     * @param text windows of general text; empty where none is watched
     * @param suite the tasks; null where none are watched
     */
    Guard(TaskModel model, List<TextTokens> text, @Nullable TaskSuite suite) {
        this.model = model;
        this.text = text;
        this.suite = suite;
    }

    /** Whether nothing is watched. */
    public boolean isEmpty() {
        return text.isEmpty() && suite == null;
    }

    /** Keeps the evaluations of the tasks in a run's directory from now on, and takes up those that are there. */
    public void keepIn(Path directory) {
        if (suite == null) {
            return;
        }
        run = directory;
        try {
            guarded = new ReportFiles(directory).guardTasks();
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    /** Returns the figures of an evaluation with those of what is watched. */
    public StepMetrics addedTo(StepMetrics metrics) {
        StepMetrics more = text.isEmpty()
                ? metrics
                : metrics.with(
                        LoopFigures.GUARD_PERPLEXITY,
                        new TextPerplexity(model.policy(), text, model.budget()).measure());
        return suite == null ? more : addedTo(more, suite.run(model, items -> {}));
    }

    private StepMetrics addedTo(StepMetrics metrics, List<TaskResult> results) {
        boolean first = guarded.isEmpty();
        List<GuardedTask> now = new ArrayList<>();
        StepMetrics more = metrics;
        for (int i = 0; i < results.size(); i++) {
            GuardedTask task =
                    first ? GuardedTask.begin(results.get(i)) : guarded.get(i).with(results.get(i));
            now.add(task);
            more = more.with(figures(task));
        }
        guarded = List.copyOf(now);
        write();
        return more;
    }

    private static StepMetrics figures(GuardedTask task) {
        GuardTaskFigures names = new GuardTaskFigures(task.task());
        TaskDifference found = task.difference();
        return StepMetrics.EMPTY
                .with(names.value(), found.after())
                .with(names.change(), found.difference().mean())
                .with(names.changeLow(), found.difference().interval().low())
                .with(names.changeHigh(), found.difference().interval().high());
    }

    private void write() {
        Path directory = run;
        if (directory == null) {
            return;
        }
        try {
            new ReportFiles(directory).writeGuardTasks(guarded);
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    private static RunException unreadable(Path directory, IOException e) {
        return new RunException(
                directory.resolve(ReportFiles.GUARD_TASKS) + " can't be read or written: " + e.getMessage()
                        + "; fix the disk and resume the run.",
                e);
    }
}
