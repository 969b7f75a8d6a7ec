package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.align4j.core.data.file.DataFiles;
import org.align4j.core.error.InputException;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.WrittenAnswers.ExactAnswerTask;

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
     * @param names files, globs and data sets from the hub
     */
    public static TaskSuite read(String option, List<String> names, TaskSettings settings) {
        return new TaskSuite(
                DataFiles.resolve(option, names).stream().map(TaskFile::read).toList(), settings);
    }

    /**
     * Reads tasks that show what a training forgets: all items, no examples, the likeliest answers.
     *
     * @param option the option that names them, for messages
     * @throws InputException where one of them is text, whose perplexity guard-data measures
     */
    public static TaskSuite guarding(String option, List<String> names) {
        TaskSuite suite = read(option, names, TaskSettings.USUAL);
        for (TaskFile task : suite.tasks()) {
            if (task.kind() == TaskKind.PERPLEXITY) {
                throw new InputException(format(
                        "%s names %s, which is text, but must name tasks with right answers; give it as guard-data.",
                        option, task.file()));
            }
        }
        return suite;
    }

    /**
     * Asks a model all tasks.
     *
     * @param progress receives how many items more are done
     * @return what it made of each, in their order
     * @throws InputException where an item doesn't fit the model and none may be left out, or needs a template that isn't there
     */
    public List<TaskResult> run(TaskModel model, IntConsumer progress) {
        List<TaskPlan> plans = tasks.stream().map(this::plan).toList();
        return plans.stream().map(plan -> run(plan, model, progress)).toList();
    }

    private TaskResult run(TaskPlan plan, TaskModel model, IntConsumer progress) {
        return switch (plan.task().kind()) {
            case MULTIPLE_CHOICE -> new ChoiceTask(model, settings).run(plan, progress);
            case EXACT_ANSWER -> new ExactAnswerTask(model, settings).run(plan, progress);
            case PERPLEXITY -> new TextTask(model, settings).run(plan, progress);
            case IFEVAL -> new IfevalTask(model, settings).run(plan, progress);
        };
    }

    private TaskPlan plan(TaskFile task) {
        Integer limit = settings.limit();
        Path file = settings.examples();
        TaskFile asked = limit == null ? task : task.first(limit);
        if (settings.fewShot() == 0 || file == null) {
            return new TaskPlan(asked, task.rows(), true);
        }
        TaskFile examples = TaskFile.read(file);
        examples.require(task.kind(), "few-shot-data");
        return new TaskPlan(asked, examples.rows(), false);
    }
}
