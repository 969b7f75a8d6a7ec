package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.generate.Generator;
import org.align4j.core.generate.InputOrder;
import org.align4j.core.task.Continuations.ItemRoom;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskRow.Clusters;
import org.align4j.core.task.TaskSettings.ExactAnswer;
import org.jspecify.annotations.Nullable;

/** Has a model write an answer to each item of a task, and grades them. */
record WrittenAnswers(TaskModel model, TaskSettings settings) {
    /** An answer to an item. */
    record Written(TaskRow row, String text, boolean finished) {}

    /** The answers to a task. */
    record Answers(List<Written> written, int dropped) {
        /** Adds the share of the answers that came to their end, rather than to the limit of their length. */
        void addFinished(Map<String, Object> figures) {
            if (!written.isEmpty()) {
                long finished = written.stream().filter(Written::finished).count();
                figures.put("finished_fraction", (double) finished / written.size());
            }
        }

        /** Grades each answer, the items with their clusters in order. */
        List<TaskItem> graded(BiFunction<Written, Integer, TaskItem> grade) {
            Clusters clusters = new Clusters();
            return written.stream()
                    .map(each -> grade.apply(each, clusters.of(each.row())))
                    .toList();
        }
    }

    Answers write(TaskPlan plan, IntConsumer progress) {
        ItemRoom room = new ItemRoom(model.maxLength(), settings.dropsTooLong());
        List<TaskRow> rows = new ArrayList<>();
        List<PromptTokens> prompts = new ArrayList<>();
        TaskPrompts writer = new TaskPrompts(model.text().get(), settings);
        Continuations encoder = new Continuations(model.text().get());
        FewShot examples = new FewShot(plan, settings.fewShot(), settings.seed());
        for (TaskRow row : plan.task().rows()) {
            String context = writer.context(examples.before(row), row);
            int[] ids = encoder.encode(context);
            if (ids.length == 0) {
                throw new InputException(row.place() + ": the prompt has no token; give a prompt of text.");
            }
            if (room.takes(row, ids.length + 1)) {
                rows.add(row);
                prompts.add(new PromptTokens(row.item(), ids, context));
            }
        }
        return new Answers(answers(plan.task().kind(), rows, prompts, progress), room.dropped());
    }

    private List<Written> answers(TaskKind kind, List<TaskRow> rows, List<PromptTokens> prompts, IntConsumer progress) {
        List<Written> written = new ArrayList<>();
        InputOrder order = new InputOrder(prompts, 1, completion -> {
            TaskRow row = rows.get(written.size());
            written.add(new Written(row, Objects.requireNonNull(completion.text()), completion.finished()));
        });
        Generator.Listener listener = new Generator.Listener() {
            @Override
            public void completed(Completion completion) {
                order.completed(completion);
                progress.accept(1);
            }
        };
        model.generator().get().generate(prompts, settings.answers().of(kind, settings.seed()), listener);
        if (written.size() != rows.size()) {
            throw new IllegalStateException(format("%d answers to %d prompts", written.size(), rows.size()));
        }
        return written;
    }

    /** Exact answers: the model writes, and {@link ExactAnswer} compares. */
    static final class ExactAnswerTask {
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
}
