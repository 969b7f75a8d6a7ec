package org.align4j.core.session;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.RunException;
import org.align4j.core.figure.LoopFigures.GuardTaskFigures;
import org.align4j.core.report.ReportFiles;
import org.align4j.core.run.StepMetrics;
import org.align4j.core.task.GuardedTask;
import org.align4j.core.task.TaskModel;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskSuite;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of {@code --guard-tasks}, which show what a model forgets: each evaluation asks them and compares with the first one, item
 * by item. Both evaluations are kept in the run's directory, so that a resumed run compares with the same first one.
 */
final class GuardTasks {
    private final TaskSuite suite;
    private final TaskModel model;
    private List<GuardedTask> guarded = List.of();
    private @Nullable Path run;

    /** @param model with what is trained, as it is at each time */
    public GuardTasks(TaskSuite suite, TaskModel model) {
        this.suite = suite;
        this.model = model;
    }

    /** Keeps the evaluations in a run's directory from now on, and takes up those that are there. */
    public void keepIn(Path directory) {
        run = directory;
        try {
            guarded = new ReportFiles(directory).guardTasks();
        } catch (IOException e) {
            throw unreadable(directory, e);
        }
    }

    /** Returns the figures of an evaluation with those of the tasks. */
    StepMetrics addedTo(StepMetrics metrics) {
        List<TaskResult> results = suite.run(model, items -> {});
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
                        + "; mend the disk and resume the run.",
                e);
    }
}
