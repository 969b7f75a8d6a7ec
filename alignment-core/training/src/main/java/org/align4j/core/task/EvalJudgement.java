package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.align4j.core.eval.Interval;
import org.align4j.core.page.Wording;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;
import org.align4j.core.verdict.Judgement;
import org.align4j.core.verdict.Judgement.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * Puts an evaluation into words. Against an earlier one a model is called better on a task where the interval of the paired difference
 * leaves out 0; of itself a figure says neither.
 */
final class EvalJudgement {
    private EvalJudgement() {}

    /** Judges all tasks by the measure that says most of each. */
    static Judgement of(TaskReport report) {
        List<TaskDifference> differences = new ArrayList<>();
        for (TaskResult result : report.results()) {
            report.differences().stream()
                    .filter(each -> each.task().equals(result.name()))
                    .filter(each -> each.measure().equals(measure(result)))
                    .forEach(differences::add);
        }
        List<String> figures =
                report.results().stream().map(EvalJudgement::figure).toList();
        if (differences.isEmpty()) {
            return new Judgement(Verdict.UNCLEAR, String.join("; ", figures) + ".", List.of());
        }
        Map<Verdict, List<TaskDifference>> found =
                differences.stream().collect(Collectors.groupingBy(each -> verdict(report, each)));
        List<String> parts = new ArrayList<>();
        for (Verdict verdict : List.of(Verdict.BETTER, Verdict.WORSE, Verdict.UNCLEAR)) {
            if (found.containsKey(verdict)) {
                parts.add(said(verdict, found.getOrDefault(verdict, List.of())));
            }
        }
        String headline = String.join("; ", parts) + ".";
        Verdict verdict = found.size() == 1 ? found.keySet().iterator().next() : Verdict.UNCLEAR;
        return new Judgement(
                verdict,
                Character.toUpperCase(headline.charAt(0)) + headline.substring(1),
                List.of(String.join("; ", figures) + "."));
    }

    /** Returns the measure of items that a task's first figure is made of. */
    static String measure(TaskResult result) {
        return result.task().kind() == TaskKind.PERPLEXITY && !result.items().isEmpty()
                ? result.items().get(0).values().keySet().iterator().next()
                : result.headline();
    }

    /** Returns whether a difference is one for the better; the fewer nats per token costs, the better. */
    static Verdict verdict(TaskReport report, TaskDifference each) {
        boolean lowerIsBetter = report.results().stream()
                .anyMatch(result ->
                        result.name().equals(each.task()) && result.task().kind() == TaskKind.PERPLEXITY);
        if (!each.difference().clear()) {
            return Verdict.UNCLEAR;
        }
        return each.difference().mean() > 0 == lowerIsBetter ? Verdict.WORSE : Verdict.BETTER;
    }

    private static String figure(TaskResult result) {
        if (!(result.figures().get(result.headline()) instanceof Double value)) {
            return "nothing is known of " + result.name();
        }
        boolean perplexity = result.task().kind() == TaskKind.PERPLEXITY;
        Interval interval = interval(result.figures(), result.headline());
        String between = interval == null
                ? ""
                : ", "
                        + (perplexity
                                ? Wording.between(interval, Wording::number)
                                : Wording.between(interval, share -> format("%.0f", 100 * share)) + " %");
        return (perplexity ? "perplexity " + Wording.number(value) : format("%.0f %% right", 100 * value))
                + " on " + result.name() + " ("
                + (perplexity
                        ? Wording.count(result.items().size(), "window", "windows")
                        : Wording.count(result.items().size(), "item", "items"))
                + between + ")";
    }

    /** Returns the interval that comes with a figure. */
    static @Nullable Interval interval(Map<String, Object> figures, String name) {
        return figures.get(name + "_interval") instanceof List<?> ends
                        && ends.size() == 2
                        && ends.get(0) instanceof Double low
                        && ends.get(1) instanceof Double high
                ? new Interval(low, high, 0.95)
                : null;
    }

    private static String said(Verdict verdict, List<TaskDifference> differences) {
        String tasks = differences.stream()
                .map(each -> each.task() + " ("
                        + (verdict == Verdict.UNCLEAR ? Wording.count(each.items(), "item", "items") + ", " : "")
                        + change(each) + ")")
                .collect(Collectors.joining(", "));
        return verdict == Verdict.UNCLEAR
                ? "no difference is shown on " + tasks
                : verdict.word() + " than before on " + tasks;
    }

    /** Writes a difference as points of a share, or in the unit of its measure. */
    static String change(TaskDifference each) {
        boolean share = each.isShare();
        double unit = share ? 100 : 1;
        Interval interval = each.difference().interval();
        return signed(share, unit * each.difference().mean()) + (share ? " points" : "") + ", "
                + signed(share, unit * interval.low()) + " to " + signed(share, unit * interval.high());
    }

    private static String signed(boolean share, double value) {
        return (share ? format("%+.1f", value) : format("%+.3f", value))
                .replace('-', '−')
                .replace("Infinity", "∞");
    }
}
