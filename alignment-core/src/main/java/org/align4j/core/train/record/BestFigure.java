package org.align4j.core.train.record;

import static org.align4j.core.error.RootFormat.format;

import java.util.List;
import org.align4j.core.error.RunException;
import org.align4j.core.run.RunState;
import org.align4j.core.run.StepMetrics;
import org.jspecify.annotations.Nullable;

/**
 * The evaluation figure a run is judged by.
 *
 * @param metric its name among the metrics, {@code eval_loss}
 */
public record BestFigure(String metric) {
    private static final List<String> LOWER_IS_BETTER = List.of("loss", "perplexity", "kl", "rejected", "error");

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
        return LOWER_IS_BETTER.stream().anyMatch(metric::contains) ? value < than : value > than;
    }
}
