package org.align4j.core.task;

import static org.align4j.core.error.RootFormat.format;
import static org.align4j.core.page.HtmlText.html;
import static org.align4j.core.page.HtmlText.section;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleFunction;
import org.align4j.core.eval.Interval;
import org.align4j.core.eval.Proportion;
import org.align4j.core.page.HtmlTable;
import org.align4j.core.page.IntervalChart;
import org.align4j.core.page.IntervalChart.Axis;
import org.align4j.core.page.IntervalChart.Row;
import org.align4j.core.page.IntervalChart.Tone;
import org.align4j.core.page.Wording;
import org.align4j.core.task.TaskReport.TaskDifference;
import org.align4j.core.task.TaskReport.TaskResult;

/** The parts of the page that show the figures of an evaluation, as HTML. */
record TaskSections(TaskReport report) {
    private static final Axis SHARES = new Axis(0, 1, null, Wording::percent);

    /** A dot with its interval for each task that is counted right or wrong, then all figures. */
    String figures() {
        IntervalChart chart = new IntervalChart("Task", "right, 95 % interval", SHARES);
        boolean any = false;
        HtmlTable table =
                new HtmlTable("Task and measure").figures("items", "figure", "standard error", "95 % interval");
        for (TaskResult result : report.results()) {
            boolean shares = result.task().kind() != TaskKind.PERPLEXITY;
            if (shares && result.figures().get(result.headline()) instanceof Double value) {
                any = true;
                chart.add(new Row(
                        result.name(),
                        remark(result),
                        value,
                        EvalJudgement.interval(result.figures(), result.headline()),
                        Tone.UNCLEAR,
                        false));
            }
            rows(table, result, shares ? Wording::percent : Wording::number);
        }
        return section("Tasks", (any ? chart.html() : "") + table.html());
    }

    private static String remark(TaskResult result) {
        String items = Wording.count(result.items().size(), "item", "items");
        double chance = result.task().rows().stream()
                .filter(TaskRow.Choice.class::isInstance)
                .mapToDouble(row -> 1.0 / ((TaskRow.Choice) row).choices().size())
                .average()
                .orElse(0);
        return chance > 0 ? format("%s, guessing %.0f %%", items, 100 * chance) : items;
    }

    private static void rows(HtmlTable table, TaskResult result, DoubleFunction<String> words) {
        result.figures().forEach((name, value) -> {
            if (value instanceof Double figure && !name.endsWith("_stderr")) {
                Interval interval = EvalJudgement.interval(result.figures(), name);
                Object error = result.figures().get(name + "_stderr");
                table.row(
                        html(result.name()) + "<small>" + html(name) + "</small>",
                        Wording.count(result.items().size()),
                        "<strong>" + words.apply(figure) + "</strong>",
                        error instanceof Double deviation ? words.apply(deviation) : "–",
                        interval == null ? "–" : Wording.between(interval, words));
            }
        });
    }

    /** Paired differences, by each measure; empty without an earlier evaluation. */
    String differences() {
        if (report.differences().isEmpty()) {
            return "";
        }
        HtmlTable table = new HtmlTable("Task and measure")
                .figures("items", "before", "now", "items higher", "items lower", "sign test p");
        for (TaskDifference each : report.differences()) {
            table.row(
                    html(each.task()) + "<small>" + html(each.measure()) + "</small>",
                    Wording.count(each.items()),
                    Wording.number(each.before()),
                    Wording.number(each.after()),
                    Wording.count(each.signs().higher()),
                    Wording.count(each.signs().lower()),
                    format("%.3g", each.signs().pValue()));
        }
        return section(
                "Against the earlier evaluation",
                chart(true, "points, 95 % interval") + chart(false, "nats per token, 95 % interval")
                        + "<p class=\"muted\">Now less before, item by item. Right of the dashed line a figure is higher now; the"
                        + " fewer nats per token costs, the better.</p>" + table.html());
    }

    private String chart(boolean shares, String unit) {
        List<TaskDifference> shown = report.differences().stream()
                .filter(each -> each.isShare() == shares)
                .toList();
        double scale = shares ? 100 : 1;
        double step = shares ? 5 : 0.05;
        double reach = shown.stream()
                .map(each -> each.difference().interval())
                .mapToDouble(interval -> scale * Math.max(Math.abs(interval.low()), Math.abs(interval.high())))
                .filter(Double::isFinite)
                .max()
                .orElse(0);
        double end = step * Math.max(1, Math.ceil(reach / step));
        IntervalChart chart = new IntervalChart(
                "Task", unit, new Axis(-end, end, 0.0, shares ? TaskSections::points : TaskSections::signed));
        for (TaskDifference each : shown) {
            Interval interval = each.difference().interval();
            chart.add(new Row(
                    each.task(),
                    each.measure(),
                    scale * each.difference().mean(),
                    new Interval(scale * interval.low(), scale * interval.high(), interval.confidence()),
                    Tone.valueOf(EvalJudgement.verdict(report, each).word().toUpperCase(Locale.ROOT)),
                    false));
        }
        return shown.isEmpty() ? "" : chart.html();
    }

    private static String points(double value) {
        return value == 0 ? "0" : format("%+.1f", value).replace('-', '−').replace("Infinity", "∞");
    }

    private static String signed(double value) {
        return value == 0 ? "0" : format("%+.3f", value).replace('-', '−').replace("Infinity", "∞");
    }

    /** Returns how often each kind of instruction is followed; empty without IFEval. */
    String instructions() {
        StringBuilder out = new StringBuilder();
        for (TaskResult result : report.results()) {
            if (result.figures().get("strict_by_kind") instanceof Map<?, ?> strict
                    && result.figures().get("loose_by_kind") instanceof Map<?, ?> loose) {
                IntervalChart chart = new IntervalChart("Instruction", "followed strictly, 95 % interval", SHARES);
                strict.forEach((kind, count) -> {
                    Proportion followed = proportion(count);
                    chart.add(new Row(
                            String.valueOf(kind),
                            format(
                                    "%,d of %,d, loosely %,d",
                                    followed.successes(),
                                    followed.trials(),
                                    proportion(Objects.requireNonNull(loose.get(kind)))
                                            .successes()),
                            followed.rate(),
                            followed.wilson(0.95),
                            Tone.UNCLEAR,
                            false));
                });
                out.append(section("Instructions of " + result.name(), chart.html()));
            }
        }
        return out.toString();
    }

    private static Proportion proportion(Object count) {
        List<?> numbers = (List<?>) count;
        return new Proportion((Integer) numbers.get(0), (Integer) numbers.get(1));
    }
}
