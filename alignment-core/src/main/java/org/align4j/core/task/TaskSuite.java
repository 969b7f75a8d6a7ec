package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.InputException;

/**
 * Some tasks and how a model is asked them.
 *
 * @param tasks in the order in which they were named, each name once
 * @param settings how the model is asked
 */
public record TaskSuite(List<TaskFile> tasks, TaskSettings settings) {
    /** Copies the tasks and checks that their names differ, and that all take examples where some are asked for. */
    public TaskSuite {
        tasks = List.copyOf(tasks);
        Map<String, Path> files = new HashMap<>();
        for (TaskFile task : tasks) {
            Path other = files.put(task.name(), task.file());
            if (other != null) {
                throw new InputException(format(
                        "tasks names %s and %s, which are both called %s; rename one of the files.",
                        other, task.file(), task.name()));
            }
            if (settings.fewShot() > 0 && !task.kind().takesExamples()) {
                throw new InputException(format(
                        "few-shot is %d, but %s is a task of the kind %s, which shows no examples; evaluate it apart.",
                        settings.fewShot(), task.file(), task.kind().text()));
            }
        }
    }

    /**
     * Reads tasks from files.
     *
     * @param option the option that names them, for messages
     * @param names files, globs and data sets of the hub
     */
    public static TaskSuite read(String option, List<String> names, TaskSettings settings) {
        List<TaskFile> tasks = new ArrayList<>();
        Integer limit = settings.limit();
        for (Path file : DataFiles.resolve(option, names)) {
            TaskFile task = TaskFile.read(file);
            tasks.add(limit == null ? task : task.first(limit));
        }
        return new TaskSuite(tasks, settings);
    }
}
