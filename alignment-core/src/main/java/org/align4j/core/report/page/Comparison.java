package org.align4j.core.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Proportion;

/**
 * One figure before and after training.
 *
 * @param label what was measured
 * @param before as text
 * @param after as text
 * @param remark interval or change
 */
record Comparison(String label, String before, String after, String remark) {
    private record Measure(String name, String label, DoubleFunction<String> format) {}

    private static final List<Measure> MEASURES = List.of(
            new Measure("eval_rewards/accuracies", "Pairs won against the reference", Wording::percent),
            new Measure("eval_logps/accuracies", "Pairs whose chosen answer is likelier", Wording::percent),
            new Measure("eval_accuracy", "Pairs ranked rightly", Wording::percent),
            new Measure("eval_step_accuracy", "Steps judged rightly", Wording::percent),
            new Measure("eval_first_mistake_accuracy", "Answers whose first wrong step is found", Wording::percent),
            new Measure("eval_mean_token_accuracy", "Tokens predicted rightly", Wording::percent),
            new Measure("eval_objective/scores", "Score of an answer", Wording::number),
            new Measure("eval_objective/kl", "KL to the reference, nats an answer", Wording::number),
            new Measure("eval_responses/length", "Tokens of an answer", Wording::number),
            new Measure("eval_responses/finished_fraction", "Answers finished", Wording::percent),
            new Measure("eval_responses/distinct_2", "Different pairs of neighbouring tokens", Wording::percent),
            new Measure("eval_objective/entropy", "Entropy per token", Wording::number),
            new Measure("eval_loss", "Loss", Wording::number),
            new Measure("eval_rewards/margins", "Reward margin", Wording::number),
            new Measure("eval_margin", "Score margin", Wording::number),
            new Measure("eval_logps/chosen", "Log-probability of chosen answers", Wording::number),
            new Measure("eval_logps/rejected", "Log-probability of rejected answers", Wording::number),
            new Measure("eval_kl", "KTO's z", Wording::number),
            new Measure("eval_entropy", "Entropy per token", Wording::number),
            new Measure("eval_guard_perplexity", "Perplexity on general text", Wording::number));

    /** What the run's evaluations measured, first against last. */
    static List<Comparison> of(RunView run) {
        List<Comparison> rows = new ArrayList<>();
        for (Measure measure : MEASURES) {
            Series series = run.metrics().series(measure.name());
            if (series.size() > 0) {
                rows.add(row(run, measure, series));
            }
        }
        return rows;
    }

    private static Comparison row(RunView run, Measure measure, Series series) {
        boolean measuredBefore = series.steps()[0] == 0;
        boolean measuredAfter = series.steps()[series.size() - 1] > 0;
        // Policy and reference are the same before: every pair is a tie, which says nothing of the model.
        boolean allTies = measure.name().equals("eval_rewards/accuracies") && series.first() == 0;
        String before =
                !measuredBefore ? "–" : allTies ? "all ties" : measure.format().apply(series.first());
        String after = measuredAfter ? measure.format().apply(series.last()) : "–";
        return new Comparison(
                run.captions().label(measure.name(), measure.label()), before, after, remark(run, measure, series));
    }

    private static String remark(RunView run, Measure measure, Series series) {
        if (measure.name().endsWith("/accuracies") || measure.name().equals("eval_accuracy")) {
            return interval(run, series.last());
        }
        double change = series.last() - series.first();
        if (series.size() < 2 || !Double.isFinite(change)) {
            return "";
        }
        String sign = change > 0 ? "+" : "";
        return switch (measure.name()) {
            case "eval_guard_perplexity" -> sign + Wording.percent(series.last() / series.first() - 1);
            case "eval_step_accuracy",
                    "eval_first_mistake_accuracy",
                    "eval_mean_token_accuracy",
                    "eval_responses/finished_fraction",
                    "eval_responses/distinct_2" -> sign + Wording.number(100 * change) + " points";
            default -> sign + Wording.number(change);
        };
    }

    /** The Wilson interval of a rate over the evaluation rows, empty where their number isn't known. */
    static String interval(RunView run, double rate) {
        if (run.evaluationRows() == 0 || !(rate >= 0 && rate <= 1)) {
            return "";
        }
        Interval interval = Proportion.ofRate(rate, run.evaluationRows()).wilson(0.95);
        return Wording.percent(interval.low()) + " to " + Wording.percent(interval.high());
    }
}
