package org.align4j.core.task;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.align4j.core.eval.Proportion;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;
import org.jspecify.annotations.Nullable;

/** Evaluations that are made up: a task of multiple choice, one of exact answers, IFEval. */
public final class EvalPages {
    private static final List<String> KINDS = List.of("punctuation:no_comma", "change_case:english_lowercase");

    private final Path folder;
    private final int items;
    private final String text;
    private final double share;
    private final Random random = new Random(3);

    private EvalPages(Path folder, int items, String text, double share) {
        this.folder = folder;
        this.items = items;
        this.text = text;
        this.share = share;
    }

    /**
     * Makes up an evaluation.
     *
     * @param items of each task
     * @param text stands in every question and answer
     * @param share of the items that are right
     */
    public static TaskReport of(Path folder, int items, String text, double share) throws IOException {
        return new EvalPages(folder, items, text, share).report(Map.of("model", "tiny"));
    }

    /** Makes up an evaluation and compares it with an earlier one of the same tasks, which is written into a folder. */
    public static TaskReport against(Path folder, TaskReport before, double share) throws IOException {
        Path out = folder.resolve("earlier");
        TaskFiles.in(out, List.of()).write(before);
        EvalPages pages = new EvalPages(folder, before.results().get(0).items().size(), "text", share);
        EarlierTasks earlier = EarlierTasks.read(out);
        List<TaskDifference> differences = new ArrayList<>();
        TaskReport report = pages.report(Map.of("model", "tiny", "against", out.toString()));
        report.results().forEach(result -> differences.addAll(earlier.against(result)));
        return new TaskReport(report.about(), report.settings(), report.results(), differences);
    }

    private TaskReport report(Map<String, Object> about) throws IOException {
        return new TaskReport(about, TaskSettings.USUAL, List.of(choices(), answers(), instructions()), List.of());
    }

    private TaskFile file(String name, String row) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < items; i++) {
                String said = new ObjectMapper().writeValueAsString(i + " " + text);
                lines.append(row.replace("TEXT", said)).append('\n');
            }
            Files.writeString(file, lines);
        }
        return TaskFile.read(file);
    }

    private boolean draw() {
        return random.nextDouble() < share;
    }

    private TaskResult choices() throws IOException {
        TaskFile task =
                file("choices.jsonl", "{\"query\":TEXT,\"choices\":[\"yes\",TEXT,\"no\",\"maybe\"],\"gold\":1}");
        List<TaskItem> made = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            boolean right = draw();
            Map<String, @Nullable Object> details = new LinkedHashMap<>();
            details.put("choice", right ? 1 : 2);
            details.put("log_likelihoods", new double[] {-9, right ? -3 : -5, right ? -5 : -3, -8});
            made.add(new TaskItem(i, i, Map.of("acc", right ? 1.0 : 0.0), 1, details));
        }
        return result(task, made, "acc", 2);
    }

    private TaskResult answers() throws IOException {
        TaskFile task = file("answers.jsonl", "{\"prompt\":TEXT,\"answer\":\"42\"}");
        List<TaskItem> made = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            boolean right = draw();
            made.add(new TaskItem(
                    i,
                    i,
                    Map.of("acc", right ? 1.0 : 0.0),
                    1,
                    Map.of("completion", right ? "42" : text, "finished", i % 5 > 0)));
        }
        return result(task, made, "acc", 0);
    }

    private TaskResult instructions() throws IOException {
        TaskFile task = file(
                "ifeval.jsonl",
                "{\"key\":1,\"prompt\":TEXT,\"instruction_id_list\":[\"" + String.join("\",\"", KINDS)
                        + "\"],\"kwargs\":[{},{}]}");
        List<TaskItem> made = new ArrayList<>();
        int[] followed = new int[2];
        for (int i = 0; i < items; i++) {
            boolean first = draw();
            boolean second = draw();
            followed[0] += first ? 1 : 0;
            followed[1] += second ? 1 : 0;
            double both = first && second ? 1.0 : 0.0;
            made.add(new TaskItem(
                    i,
                    i,
                    Map.of("prompt_level_strict_acc", both),
                    1,
                    Map.of(
                            "completion",
                            text,
                            "finished",
                            true,
                            "instructions",
                            KINDS,
                            "strict",
                            List.of(first, second),
                            "loose",
                            List.of(true, second))));
        }
        TaskResult result = result(task, made, "prompt_level_strict_acc", 0);
        Map<String, Object> figures = new LinkedHashMap<>(result.figures());
        figures.put(
                "strict_by_kind",
                Map.of(KINDS.get(0), List.of(followed[0], items), KINDS.get(1), List.of(followed[1], items)));
        figures.put(
                "loose_by_kind",
                Map.of(KINDS.get(0), List.of(items, items), KINDS.get(1), List.of(followed[1], items)));
        return new TaskResult(task, figures, made, 0);
    }

    private static TaskResult result(TaskFile task, List<TaskItem> made, String measure, int dropped) {
        Map<String, Object> figures = ItemMeans.begin(task.kind(), made, dropped);
        ItemMeans.addShare(figures, measure, made);
        return new TaskResult(task, figures, made, dropped);
    }

    /** Returns the share of a task's items that are right. */
    static Proportion right(TaskResult result) {
        int right = (int) result.items().stream()
                .filter(item -> item.values().getOrDefault(result.headline(), 0.0) == 1)
                .count();
        return new Proportion(right, result.items().size());
    }
}
