package org.align4j.core.train;

import static org.align4j.core.error.RootFormat.format;

import org.align4j.core.error.RunException;
import org.align4j.core.figure.Figure.Better;
import org.align4j.core.figure.MethodFigures;
import org.align4j.core.run.RunResult.RunState;
import org.align4j.core.run.StepMetrics;
import org.jspecify.annotations.Nullable;

/**
 * The evaluation figure that selects the best step of a run.
 *
 * @param metric its name among the metrics, {@code eval_loss}
 * @param figures those of the method
 */
record BestFigure(String metric, MethodFigures figures) {
    /** The best so far, with this evaluation counted: the earlier one where it is no better. */
    public RunState.@Nullable Best after(StepMetrics evaluation, int step, RunState.@Nullable Best before) {
        double value = evaluation
                .get(metric)
                .orElseThrow(() -> new RunException(format(
                        "keep-best is %s, which the evaluation does not report; it reports %s.",
                        metric, String.join(", ", evaluation.values().keySet()))));
        boolean better = Double.isFinite(value) && (before == null || isBetter(value, before.value()));
        return better ? new RunState.Best(metric, value, step) : before;
    }

    private boolean isBetter(double value, double than) {
        boolean lower = figures.named(metric)
                .filter(figure -> figure.better() == Better.LOWER)
                .isPresent();
        return lower ? value < than : value > than;
    }
}
