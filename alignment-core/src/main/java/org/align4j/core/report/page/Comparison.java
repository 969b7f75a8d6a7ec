package org.align4j.core.report.page;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Proportion;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.Meaning.Scale;
import org.align4j.core.page.Wording;

/**
 * One figure before and after training.
 *
 * @param label what was measured
 * @param before as text
 * @param after as text
 * @param remark interval or change
 */
record Comparison(String label, String before, String after, String remark) {
    /** What the run's evaluations measured, first against last. */
    static List<Comparison> of(RunView run) {
        List<Comparison> rows = new ArrayList<>();
        for (Figure figure : run.method().figures().captioned()) {
            Series series = run.metrics().evaluations(figure);
            if (series.size() > 0) {
                rows.add(row(run, figure, series));
            }
        }
        return rows;
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
}
