package org.align4j.core.report.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Proportion;
import org.jspecify.annotations.Nullable;

/** Which charts a run's metrics allow: a chart stands where at least one of its names occurs with two values. */
final class Charts {
    private static final int MOST_POINTS = 2000;
    private static final String LEARNING = "Is it learning?";
    private static final String HEALTH = "Is it healthy?";
    private static final String MACHINE = "What did it cost?";

    private record Source(String name, String label, String colour) {}

    private record Plan(String group, String title, String note, String format, List<Source> sources) {}

    private static final List<Plan> PLANS = List.of(
            plan(
                    LEARNING,
                    "Loss",
                    "Down is better; evaluation rising while training falls is overfitting.",
                    "number",
                    "loss",
                    "training",
                    "train",
                    "eval_loss",
                    "evaluation",
                    "eval"),
            plan(
                    LEARNING,
                    "Score",
                    "Mean score of the sampled answers.",
                    "number",
                    "objective/scores",
                    "score",
                    "train",
                    "objective/rlhf_reward",
                    "score less KL penalty",
                    "chosen",
                    "eval_objective/scores",
                    "evaluation",
                    "eval"),
            plan(
                    LEARNING,
                    "Pairs won",
                    "Share of pairs whose chosen answer gets the higher reward; ties count wrong."
                            + " The band is the 95 % interval.",
                    "percent",
                    "rewards/accuracies",
                    "training",
                    "train",
                    "accuracy",
                    "training",
                    "train",
                    "eval_rewards/accuracies",
                    "evaluation",
                    "eval",
                    "eval_accuracy",
                    "evaluation",
                    "eval",
                    "eval_logps/accuracies",
                    "chosen likelier",
                    "chosen"),
            plan(
                    LEARNING,
                    "Margin",
                    "Reward of the chosen answer less that of the rejected one.",
                    "number",
                    "rewards/margins",
                    "training",
                    "train",
                    "margin",
                    "training",
                    "train",
                    "eval_rewards/margins",
                    "evaluation",
                    "eval",
                    "eval_margin",
                    "evaluation",
                    "eval"),
            plan(
                    LEARNING,
                    "Steps judged rightly",
                    "Share of the steps called right or wrong as the data say; beside it the share that is right.",
                    "percent",
                    "step_accuracy",
                    "training",
                    "train",
                    "eval_step_accuracy",
                    "evaluation",
                    "eval",
                    "right_fraction",
                    "right in the data",
                    "chosen"),
            plan(
                    LEARNING,
                    "Tokens predicted rightly",
                    "Share of the trained tokens that were the likeliest.",
                    "percent",
                    "mean_token_accuracy",
                    "training",
                    "train",
                    "eval_mean_token_accuracy",
                    "evaluation",
                    "eval"),
            plan(
                    LEARNING,
                    "Rewards",
                    "β times the log-ratio to the reference. Both falling means both answers become" + " unlikely.",
                    "number",
                    "rewards/chosen",
                    "chosen",
                    "chosen",
                    "rewards/rejected",
                    "rejected",
                    "rejected",
                    "max_reward",
                    "largest",
                    "chosen",
                    "mean_reward",
                    "mean",
                    "train",
                    "min_reward",
                    "smallest",
                    "rejected"),
            plan(
                    LEARNING,
                    "Log-probabilities",
                    "Summed over the answer's tokens, in nats; the batches differ, so" + " evaluation says more.",
                    "number",
                    "logps/chosen",
                    "chosen",
                    "chosen",
                    "logps/rejected",
                    "rejected",
                    "rejected",
                    "eval_logps/chosen",
                    "chosen, evaluation",
                    "chosen-eval",
                    "eval_logps/rejected",
                    "rejected, evaluation",
                    "rejected-eval"),
            plan(
                    HEALTH,
                    "Gradient norm",
                    "Before clipping. Spikes are single bad batches; a steady rise is trouble.",
                    "number",
                    "grad_norm",
                    "gradient norm",
                    "train"),
            plan(
                    HEALTH,
                    "Learning rate",
                    "As applied at each step.",
                    "scientific",
                    "learning_rate",
                    "learning rate",
                    "train",
                    "value_learning_rate",
                    "value head",
                    "eval"),
            plan(
                    HEALTH,
                    "Entropy",
                    "Per token; a collapse towards 0 means the model repeats itself.",
                    "number",
                    "entropy",
                    "training",
                    "train",
                    "objective/entropy",
                    "policy",
                    "train",
                    "eval_objective/entropy",
                    "evaluation",
                    "eval",
                    "eval_entropy",
                    "evaluation",
                    "eval"),
            plan(
                    HEALTH,
                    "KL to the reference",
                    "How far the model has moved.",
                    "number",
                    "kl",
                    "training",
                    "train",
                    "objective/kl",
                    "summed over the answer",
                    "train",
                    "policy/approx_kl",
                    "of one update",
                    "chosen",
                    "eval_objective/kl",
                    "evaluation",
                    "eval"),
            plan(
                    HEALTH,
                    "Perplexity on general text",
                    "Up by 5 % or more means it forgets.",
                    "number",
                    "eval_guard_perplexity",
                    "guard text",
                    "eval"),
            plan(
                    HEALTH,
                    "Clipped",
                    "Share of tokens whose ratio left the clip range.",
                    "percent",
                    "policy/clip_fraction",
                    "policy",
                    "train",
                    "value/clip_fraction",
                    "value",
                    "eval"),
            plan(
                    HEALTH,
                    "Policy and value loss",
                    "Value loss should fall; policy loss hovers near 0.",
                    "number",
                    "loss/policy",
                    "policy",
                    "train",
                    "loss/value",
                    "value",
                    "eval"),
            plan(
                    HEALTH,
                    "Explained variance",
                    "Of the returns, by the value head; near 1 is good, below 0 useless.",
                    "number",
                    "value/explained_variance",
                    "value head",
                    "train"),
            plan(
                    HEALTH,
                    "Answer length",
                    "In tokens.",
                    "number",
                    "responses/length",
                    "mean",
                    "train",
                    "eval_responses/length",
                    "evaluation",
                    "eval"),
            plan(
                    HEALTH,
                    "Answers finished",
                    "Share that ended by themselves.",
                    "percent",
                    "responses/finished_fraction",
                    "finished",
                    "train",
                    "eval_responses/finished_fraction",
                    "evaluation",
                    "eval"),
            plan(
                    MACHINE,
                    "Seconds of a step",
                    "Where the time of a step goes.",
                    "number",
                    "seconds/rollout",
                    "rollout",
                    "run1",
                    "seconds/score",
                    "score",
                    "run2",
                    "seconds/compare",
                    "compare",
                    "run3",
                    "seconds/improve",
                    "improve",
                    "run4"),
            plan(
                    MACHINE,
                    "Tokens a second",
                    "Tokens computed in training forwards.",
                    "number",
                    "tokens_per_second",
                    "tokens a second",
                    "train"),
            plan(MACHINE, "Memory", "Peak so far.", "gibibytes", "peak_memory_bytes", "peak", "train"));

    private Charts() {}

    private static Plan plan(String group, String title, String note, String format, String... triples) {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < triples.length; i += 3) {
            sources.add(new Source(triples[i], triples[i + 1], triples[i + 2]));
        }
        return new Plan(group, title, note, format, List.copyOf(sources));
    }

    /** All charts of one run. */
    static List<Chart> of(RunView run) {
        List<Chart> charts = new ArrayList<>();
        for (Plan plan : PLANS) {
            List<Chart.Line> lines = new ArrayList<>();
            for (Source source : plan.sources()) {
                addLine(lines, run, source.name(), source.label(), source.colour());
            }
            if (plan.title().equals("Loss")) {
                addPartsOfMix(lines, run);
            }
            addChart(charts, plan, lines);
        }
        return charts;
    }

    /** The charts that make sense across runs: of each plan one line a run, evaluation where all have it. */
    static List<Chart> across(List<RunView> runs) {
        List<Chart> charts = new ArrayList<>();
        for (Plan plan : PLANS) {
            Source best = null;
            for (Source source : plan.sources()) {
                boolean all = runs.stream()
                        .allMatch(run -> run.metrics().series(source.name()).size() > 1);
                boolean better = best == null
                        || (source.name().startsWith("eval_") && !best.name().startsWith("eval_"));
                best = all && better ? source : best;
            }
            if (best != null) {
                String title = plan.title() + ", " + best.label();
                Plan one = new Plan(plan.group(), title, plan.note(), plan.format(), List.of(best));
                addChart(charts, one, lines(runs, best.name()));
            }
        }
        return charts;
    }

    private static List<Chart.Line> lines(List<RunView> runs, String name) {
        List<Chart.Line> lines = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            addLine(lines, runs.get(i), name, runs.get(i).name(), "run" + (i % 6 + 1));
        }
        return lines;
    }

    private static void addChart(List<Chart> charts, Plan plan, List<Chart.Line> lines) {
        if (lines.stream().anyMatch(line -> line.steps().size() > 1)) {
            boolean logarithmic = plan.title().startsWith("Gradient norm") && spread(lines) > 50;
            charts.add(new Chart(plan.group(), plan.title(), plan.note(), plan.format(), logarithmic, lines));
        }
    }

    private static double spread(List<Chart.Line> lines) {
        double[] values = lines.stream()
                .flatMap(line -> line.values().stream())
                .filter(value -> value != null)
                .mapToDouble(Double::doubleValue)
                .toArray();
        double least = Arrays.stream(values).min().orElse(1);
        return least > 0 ? Arrays.stream(values).max().orElse(1) / least : 1;
    }

    private static void addPartsOfMix(List<Chart.Line> lines, RunView run) {
        int colour = 2;
        for (String name : run.metrics().names()) {
            if (name.startsWith("loss/") && !name.equals("loss/policy") && !name.equals("loss/value")) {
                addLine(lines, run, name, name.substring(5), "run" + (colour++ % 6 + 1));
            }
        }
    }

    private static void addLine(List<Chart.Line> lines, RunView run, String name, String label, String colour) {
        Series series = run.metrics().series(name);
        boolean evaluation = name.startsWith("eval_");
        if (evaluation ? series.size() == 0 : series.size() < 2) {
            return;
        }
        Series shown = thinned(withoutTies(name, series));
        boolean smooth = !evaluation && !name.endsWith("learning_rate") && !name.equals("peak_memory_bytes");
        List<Double> low = new ArrayList<>();
        List<Double> high = new ArrayList<>();
        if (evaluation && (name.endsWith("/accuracies") || name.equals("eval_accuracy"))) {
            addBand(run, shown, low, high);
        }
        lines.add(new Chart.Line(
                label, colour, evaluation, smooth, rounded(shown.steps()), rounded(shown.values()), low, high));
    }

    /** While policy and reference are the same, every pair is a tie: 0 at the start is no measurement. */
    private static Series withoutTies(String name, Series series) {
        boolean ties = name.endsWith("rewards/accuracies") && series.size() > 1 && series.first() == 0;
        return ties ? series.part(1, series.size()) : series;
    }

    private static void addBand(RunView run, Series rates, List<Double> low, List<Double> high) {
        if (run.evaluationRows() == 0) {
            return;
        }
        for (double rate : rates.values()) {
            if (!(rate >= 0 && rate <= 1)) {
                low.clear();
                high.clear();
                return;
            }
            Interval interval = Proportion.ofRate(rate, run.evaluationRows()).wilson(0.95);
            low.add(interval.low());
            high.add(interval.high());
        }
    }

    /** At most 2,000 points: means of as many consecutive values as needed. */
    private static Series thinned(Series series) {
        int bucket = (series.size() + MOST_POINTS - 1) / MOST_POINTS;
        if (bucket <= 1) {
            return series;
        }
        int size = (series.size() + bucket - 1) / bucket;
        double[] steps = new double[size];
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            Series part = series.part(i * bucket, Math.min(series.size(), (i + 1) * bucket));
            steps[i] = part.steps()[part.size() - 1];
            values[i] = part.mean();
        }
        return new Series(steps, values);
    }

    private static List<@Nullable Double> rounded(double[] values) {
        List<@Nullable Double> rounded = new ArrayList<>();
        for (double value : values) {
            rounded.add(
                    Double.isFinite(value)
                            ? (Double) new BigDecimal(value)
                                    .round(new MathContext(6))
                                    .doubleValue()
                            : null);
        }
        return rounded;
    }
}
