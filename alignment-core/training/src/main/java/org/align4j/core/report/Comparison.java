package org.align4j.core.report;

import static org.align4j.core.error.RootFormat.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.align4j.core.error.VisibleText;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Proportion;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Figure.Meaning.Scale;
import org.align4j.core.page.Wording;
import org.align4j.core.verdict.Judgement.Measured;

/**
 * Holds one figure before and after training.
 *
 * @param label what was measured
 * @param before as text
 * @param after as text
 * @param remark interval or change
 */
record Comparison(String label, String before, String after, String remark) {
    private static final Map<String, String> LABELS = Map.of(
            "margin", "Difference log p(chosen) − log p(rejected), nats per answer",
            "margin_per_token", "Difference log p(chosen) − log p(rejected), nats per token",
            "chosen_likelier_per_token", "Chosen answer likelier per token",
            "chosen_log_prob_per_token", "log p(chosen), nats per token",
            "desirable_margin", "log p(desirable) − log p(others), nats per answer");
    private static final String SHARE = "chosen_likelier_per_token";

    /** What the run's evaluations measured, first against last. */
    static List<Comparison> of(RunView run) {
        return of(run, figure -> true);
    }

    /**
     * What the run's evaluations measured, first against last.
     *
     * @param shown says which figures are wanted
     */
    static List<Comparison> of(RunView run, Predicate<Figure> shown) {
        List<Comparison> rows = new ArrayList<>();
        for (Figure figure : run.method().figures().captioned()) {
            Series series = run.metrics().evaluations(figure);
            if (series.size() > 0 && shown.test(figure)) {
                rows.add(row(run, figure, series));
            }
        }
        return rows;
    }

    /** The log-probability differences that the run's verdict rests on, in nats, which no option scales. */
    static List<Comparison> ofVerdict(RunView run) {
        return run.evidence().judge().evidence().stream()
                .filter(measured -> LABELS.containsKey(measured.figure()))
                .map(measured -> new Comparison(
                        LABELS.getOrDefault(measured.figure(), ""),
                        value(measured, measured.before()),
                        value(measured, measured.after()),
                        change(measured)))
                .toList();
    }

    private static String value(Measured measured, double value) {
        return measured.figure().equals(SHARE) ? Wording.percent(value) : Wording.number(value);
    }

    private static String change(Measured measured) {
        boolean share = measured.figure().equals(SHARE);
        double unit = share ? 100 : 1;
        Double low = measured.interval().get(0);
        Double high = measured.interval().get(1);
        return (share ? "points " : "")
                + signed(unit * measured.difference())
                + (low == null || high == null ? "" : ", " + signed(unit * low) + " to " + signed(unit * high));
    }

    private static String signed(double value) {
        return format("%+.3g", value).replace('-', '−');
    }

    private static Comparison row(RunView run, Figure figure, Series series) {
        boolean measuredBefore = series.steps()[0] == 0;
        boolean measuredAfter = series.steps()[series.size() - 1] > 0;
        // Policy and reference are the same before: every pair is a tie, which says nothing of the model.
        boolean allTies = figure.tiedAtStart() && series.first() == 0;
        String before = !measuredBefore ? "–" : allTies ? "all ties" : written(figure, series.first());
        String after = measuredAfter ? written(figure, series.last()) : "–";
        return new Comparison(figure.caption(), before, after, remark(run, figure, series));
    }

    private static String written(Figure figure, double value) {
        return figure.meaning().isShare() ? Wording.percent(value) : Wording.number(value);
    }

    private static String remark(RunView run, Figure figure, Series series) {
        Scale scale = figure.meaning().scale();
        if (series.steps()[series.size() - 1] == 0) {
            return ""; // nothing was measured after training, so that there is nothing to give an interval of
        }
        if (scale == Scale.SHARE_OF_ROWS) {
            return interval(run, series.last());
        }
        double change = series.last() - series.first();
        if (series.size() < 2 || !Double.isFinite(change)) {
            return "";
        }
        String sign = change > 0 ? "+" : "";
        return switch (scale) {
            case FACTOR -> sign + Wording.percent(series.last() / series.first() - 1);
            case SHARE -> sign + Wording.number(100 * change) + " points";
            default -> sign + Wording.number(change);
        };
    }

    /** The Wilson interval of a rate over the evaluation rows, empty where their number isn't known. */
    static String interval(RunView run, double rate) {
        if (run.evaluationRows() == 0 || !(rate >= 0 && rate <= 1)) {
            return "";
        }
        return Wording.between(Proportion.ofRate(rate, run.evaluationRows()).wilson(0.95));
    }

    /** The names of runs side by side: their folder's, with as many folders above it as tell them apart. */
    static final class RunNames {
        private RunNames() {}

        /** Returns one name a run; a run given twice is numbered. */
        static List<String> of(List<RunView> runs) {
            return ofPaths(runs.stream().map(RunView::path).toList());
        }

        static List<String> ofPaths(List<Path> paths) {
            int deepest = paths.stream().mapToInt(Path::getNameCount).max().orElse(1);
            for (int depth = 1; depth <= deepest; depth++) {
                int levels = depth;
                List<String> names =
                        paths.stream().map(path -> last(path, levels)).toList();
                if (new HashSet<>(names).size() == new HashSet<>(paths).size()) {
                    return numbered(names);
                }
            }
            return numbered(paths.stream().map(Path::toString).toList());
        }

        private static String last(Path path, int levels) {
            int count = path.getNameCount();
            return count == 0
                    ? path.toString()
                    : VisibleText.of(
                            path.subpath(Math.max(0, count - levels), count).toString());
        }

        private static List<String> numbered(List<String> names) {
            List<String> numbered = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                String name = names.get(i);
                long before = names.subList(0, i).stream().filter(name::equals).count();
                numbered.add(before == 0 ? name : name + " (" + (before + 1) + ")");
            }
            return numbered;
        }
    }
}
