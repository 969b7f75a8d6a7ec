package org.align4j.core.task;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.align4j.core.error.InputException;
import org.align4j.core.pack.RowLayout;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.Scorer;
import org.align4j.core.task.Continuations.ItemRoom;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.TaskRow.Clusters;
import org.jspecify.annotations.Nullable;

/**
 * Multiple choice by log-likelihood: the model's choice is the likeliest continuation of the query, the first of equals. As in
 * lm-evaluation-harness 0.4.13 {@code acc_norm} divides log-likelihoods by the characters of the choices, {@code acc_bytes} by their
 * UTF-8 bytes, both without the space before them.
 */
final class ChoiceTask {
    /** Items that are scored together: enough to fill forwards well. */
    private static final int WINDOW = 256;

    private final TaskModel model;
    private final TaskSettings settings;
    private final Clusters clusters = new Clusters();

    ChoiceTask(TaskModel model, TaskSettings settings) {
        this.model = model;
        this.settings = settings;
    }

    /** An item as tokens. */
    private record TokenizedItem(TaskRow.Choice row, Continuations.Split split) {}

    TaskResult run(TaskPlan plan, IntConsumer progress) {
        ItemRoom room = new ItemRoom(model.maxLength(), settings.dropsTooLong());
        List<TokenizedItem> asked = asked(plan, room);
        List<TaskItem> items = new ArrayList<>();
        for (int from = 0; from < asked.size(); from += WINDOW) {
            List<TokenizedItem> window = asked.subList(from, Math.min(asked.size(), from + WINDOW));
            List<double[]> likelihoods = model.budget().withinMemory(() -> logLikelihoods(window));
            for (int i = 0; i < window.size(); i++) {
                items.add(judge(window.get(i).row(), likelihoods.get(i)));
            }
            progress.accept(window.size());
        }
        Map<String, Object> figures = ItemMeans.begin(plan.task().kind(), items, room.dropped());
        List.of("acc", "acc_norm", "acc_bytes").forEach(name -> ItemMeans.addShare(figures, name, items));
        return new TaskResult(plan.task(), figures, items, room.dropped());
    }

    private List<TokenizedItem> asked(TaskPlan plan, ItemRoom room) {
        TaskPrompts prompts = new TaskPrompts(model.text().get(), settings);
        Continuations continuations = new Continuations(model.text().get());
        FewShot examples = new FewShot(plan, settings.fewShot(), settings.seed());
        List<TokenizedItem> asked = new ArrayList<>();
        for (TaskRow row : plan.task().rows()) {
            TaskRow.Choice choice = (TaskRow.Choice) row;
            String context = prompts.context(examples.before(row), row);
            String delimiter = prompts.delimiter(choice);
            Continuations.Split split = split(continuations, context, delimiter, choice);
            if (room.takes(row, split.tokens())) {
                model.budget().noteRow(item(split).tokens(model.layout().prefixSharing()));
                asked.add(new TokenizedItem(choice, split));
            }
        }
        return asked;
    }

    private static Continuations.Split split(
            Continuations continuations, String context, String delimiter, TaskRow.Choice row) {
        try {
            return continuations.split(
                    context,
                    row.choices().stream().map(choice -> delimiter + choice).toList());
        } catch (InputException wrong) {
            throw new InputException(row.place() + ": " + wrong.getMessage(), wrong);
        }
    }

    private List<double[]> logLikelihoods(List<TokenizedItem> window) {
        List<RowLayout.Item> items =
                window.stream().map(each -> item(each.split())).toList();
        Policy policy = model.policy();
        return Scorer.score(
                policy,
                model.layout(),
                model.budget(),
                items,
                packed -> policy.score(packed.batch()).sums(packed));
    }

    private TaskItem judge(TaskRow.Choice row, double[] likelihoods) {
        int choice = best(likelihoods);
        int byCharacters = best(divided(likelihoods, row, text -> text.codePointCount(0, text.length())));
        int byBytes = best(divided(likelihoods, row, text -> text.getBytes(UTF_8).length));
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        details.put("choice", choice);
        details.put("choice_norm", byCharacters);
        details.put("gold", row.gold());
        details.put("log_likelihoods", likelihoods);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("acc", choice == row.gold() ? 1.0 : 0.0);
        values.put("acc_norm", byCharacters == row.gold() ? 1.0 : 0.0);
        values.put("acc_bytes", byBytes == row.gold() ? 1.0 : 0.0);
        return new TaskItem(row.item(), clusters.of(row), values, 1, details);
    }

    private static RowLayout.Item item(Continuations.Split split) {
        return new RowLayout.Item(split.context(), split.answers());
    }

    private static double[] divided(double[] likelihoods, TaskRow.Choice row, ToIntFunction<String> length) {
        return IntStream.range(0, likelihoods.length)
                .mapToDouble(
                        i -> likelihoods[i] / length.applyAsInt(row.choices().get(i)))
                .toArray();
    }

    /** The place of the largest value, the first of equals. */
    private static int best(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
