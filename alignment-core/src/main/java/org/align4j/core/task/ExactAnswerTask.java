package org.align4j.core.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.align4j.core.task.TaskSettings.ExactAnswer;
import org.jspecify.annotations.Nullable;

/** Exact answers: the model writes, and {@link ExactAnswer} compares. */
final class ExactAnswerTask {
    private final WrittenAnswers answers;
    private final ExactAnswer rule;

    ExactAnswerTask(TaskModel model, TaskSettings settings) {
        this.answers = new WrittenAnswers(model, settings);
        this.rule = settings.answers().rule();
    }

    TaskResult run(TaskPlan plan, IntConsumer progress) {
        WrittenAnswers.Answers written = answers.write(plan, progress);
        List<TaskItem> items = written.graded(this::grade);
        Map<String, Object> figures = ItemMeans.begin(plan.task().kind(), items, written.dropped());
        ItemMeans.addShare(figures, "acc", items);
        written.addFinished(figures);
        return new TaskResult(plan.task(), figures, items, written.dropped());
    }

    private TaskItem grade(WrittenAnswers.Written written, int cluster) {
        String right = ((TaskRow.Answer) written.row()).answer();
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        details.put("completion", written.text());
        details.put("finished", written.finished());
        double value = rule.isRight(written.text(), right) ? 1 : 0;
        return new TaskItem(written.row().item(), cluster, Map.of("acc", value), 1, details);
    }
}
