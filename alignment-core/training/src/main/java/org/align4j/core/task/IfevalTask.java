package org.align4j.core.task;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.align4j.core.eval.Proportion;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.task.ifeval.InstructionKind;
import org.align4j.core.task.ifeval.InstructionTally;
import org.align4j.core.task.ifeval.InstructionTally.InstructionAccuracies;
import org.align4j.core.task.ifeval.InstructionTally.InstructionAccuracies.Accuracy;
import org.align4j.core.task.ifeval.InstructionTally.InstructionVerdicts;
import org.jspecify.annotations.Nullable;

/** IFEval: the model writes, and rules tell which instructions of the prompt its answer follows. */
final class IfevalTask {
    private static final String PROMPT_STRICT = "prompt_level_strict_acc";
    private static final String PROMPT_LOOSE = "prompt_level_loose_acc";

    private final WrittenAnswers answers;

    IfevalTask(TaskModel model, TaskSettings settings) {
        this.answers = new WrittenAnswers(model, settings);
    }

    TaskResult run(TaskPlan plan, IntConsumer progress) {
        WrittenAnswers.Answers written = answers.write(plan, progress);
        InstructionTally tally = new InstructionTally();
        List<TaskItem> items = written.graded((answer, cluster) -> {
            TaskRow.Instructions row = (TaskRow.Instructions) answer.row();
            InstructionVerdicts verdicts = row.asked().verdicts(answer.text());
            tally.add(verdicts);
            return item(row, answer, verdicts, cluster);
        });
        Map<String, Object> figures = ItemMeans.begin(plan.task().kind(), items, written.dropped());
        ItemMeans.addShare(figures, PROMPT_STRICT, items);
        ItemMeans.addShare(figures, PROMPT_LOOSE, items);
        tally.all().ifPresent(all -> addInstructions(figures, all));
        tally.withoutGuesses().ifPresent(certain -> figures.put("without_language_guesses", accuracies(certain)));
        figures.put("strict_by_kind", rates(tally.strictByKind()));
        figures.put("loose_by_kind", rates(tally.looseByKind()));
        written.addFinished(figures);
        return new TaskResult(plan.task(), figures, items, written.dropped());
    }

    private static TaskItem item(
            TaskRow.Instructions row, WrittenAnswers.Written answer, InstructionVerdicts verdicts, int cluster) {
        Map<String, @Nullable Object> details = new LinkedHashMap<>();
        details.put("key", row.key());
        details.put("completion", answer.text());
        details.put("finished", answer.finished());
        details.put(
                "instructions",
                verdicts.kinds().stream().map(InstructionKind::id).toList());
        details.put("strict", verdicts.strict());
        details.put("loose", verdicts.loose());
        Map<String, Double> values = new LinkedHashMap<>();
        values.put(PROMPT_STRICT, verdicts.allStrict() ? 1.0 : 0.0);
        values.put(PROMPT_LOOSE, verdicts.allLoose() ? 1.0 : 0.0);
        return new TaskItem(row.item(), cluster, values, 1, details);
    }

    private static void addInstructions(Map<String, Object> figures, InstructionAccuracies all) {
        add(figures, "inst_level_strict_acc", all.instructionStrict());
        add(figures, "inst_level_loose_acc", all.instructionLoose());
    }

    /** The accuracies over the prompts of which no guess at the language decides. */
    private static Map<String, Object> accuracies(InstructionAccuracies certain) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("items", certain.promptStrict().count().trials());
        add(figures, PROMPT_STRICT, certain.promptStrict());
        add(figures, PROMPT_LOOSE, certain.promptLoose());
        addInstructions(figures, certain);
        return figures;
    }

    private static void add(Map<String, Object> figures, String name, Accuracy accuracy) {
        figures.put(name, accuracy.count().rate());
        figures.put(name + "_interval", accuracy.interval().bounds());
    }

    private static Map<String, Object> rates(Map<InstructionKind, Proportion> counts) {
        Map<String, Object> rates = new LinkedHashMap<>();
        counts.forEach((kind, count) -> rates.put(kind.id(), List.of(count.successes(), count.trials())));
        return rates;
    }
}
