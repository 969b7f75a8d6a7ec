package org.align4j.core.verdict;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Thresholds;
import org.align4j.core.figure.Figure;
import org.align4j.core.figure.LoopFigures;
import org.align4j.core.figure.MethodFigures;
import org.jspecify.annotations.Nullable;

/** Signs that a language model no longer writes sensibly, whatever its preferences or scores became. */
public final class BrokenSigns {
    private BrokenSigns() {}

    /** The signs in words, none for a model that is whole. */
    static List<String> of(MethodSigns method, MetricHistory history, @Nullable Repetition repetition) {
        List<String> signs = new ArrayList<>();
        if (repetition != null) {
            repetition.sign().ifPresent(signs::add);
        }
        signs.addAll(method.broken(history));
        forgotten(history).ifPresent(signs::add);
        return signs;
    }

    /**
     * Finds that nearly nothing is left of the entropy; for methods of which that is no good sign. Of supervised training it says nothing:
     * texts may leave no choice.
     */
    public static Optional<String> collapsed(MetricHistory history, Figure entropy) {
        Series held = history.evaluations(entropy);
        Series steps = history.steps(entropy);
        if (held.size() < 2 && steps.size() < 2) {
            return Optional.empty();
        }
        double before = held.size() < 2 ? steps.opening().mean() : held.first();
        double after = held.size() < 2 ? steps.closing().mean() : held.last();
        return after < Thresholds.COLLAPSED_ENTROPY * before
                ? Optional.of(format(
                        "it has one continuation left whatever came before: entropy fell from %.2f to %.3g nats per token",
                        before, after))
                : Optional.empty();
    }

    private static Optional<String> forgotten(MetricHistory history) {
        Series guard = history.evaluations(LoopFigures.GUARD_PERPLEXITY);
        return guard.size() > 1 && guard.first() >= 1 && !(guard.last() < Thresholds.BROKEN_GUARD * guard.first())
                ? Optional.of(
                        format("the perplexity of general text rose from %.4g to %.4g", guard.first(), guard.last()))
                : Optional.empty();
    }

    /** What a training method knows of its own runs that a verdict needs. */
    public interface MethodSigns {
        /** Returns the figures of the method's runs. */
        MethodFigures figures();

        /** The signs in its figures, in words, that the model no longer writes sensibly. */
        default List<String> broken(MetricHistory history) {
            return List.of();
        }

        /** Weighs what the held-out rows say by the run's figures. */
        default Judgement weighed(Judgement found, MetricHistory history) {
            return found;
        }
    }
}
