package org.align4j.core.verdict.run;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Thresholds;
import org.jspecify.annotations.Nullable;

/** Signs that a language model no longer writes sensibly, whatever its preferences or scores became. */
final class BrokenSigns {
    private static final int FIRST = 5;

    private BrokenSigns() {}

    /** The signs in words, none for a model that is whole. */
    static List<String> of(String command, MetricHistory history, @Nullable Repetition repetition) {
        List<String> signs = new ArrayList<>();
        if (repetition != null) {
            repetition.sign().ifPresent(signs::add);
        }
        if (command.equals("ppo")) {
            collapsed(history, "objective/entropy").ifPresent(signs::add);
            alike(history).ifPresent(signs::add);
            strange(history).ifPresent(signs::add);
        } else if (command.equals("dpo")) {
            collapsed(history, "entropy").ifPresent(signs::add);
        }
        forgotten(history).ifPresent(signs::add);
        return signs;
    }

    /** Looks for collapsed entropy; of supervised training it says nothing, since texts may leave no choice. */
    private static Optional<String> collapsed(MetricHistory history, String name) {
        Series held = history.series("eval_" + name);
        Series steps = history.series(name);
        if (held.size() < 2 && steps.size() < 2) {
            return Optional.empty();
        }
        double before =
                held.size() < 2 ? steps.part(0, Math.min(FIRST, steps.size())).mean() : held.first();
        double after = held.size() < 2 ? steps.recent().mean() : held.last();
        return after < Thresholds.COLLAPSED_ENTROPY * before
                ? Optional.of(format(
                        "it has one continuation left whatever came before: entropy fell from %.2f to %.3g nats a token",
                        before, after))
                : Optional.empty();
    }

    private static Optional<String> alike(MetricHistory history) {
        Series held = history.series("eval_responses/distinct_2");
        Series distinct = held.size() < 2 ? history.series("responses/distinct_2") : held;
        return distinct.size() > 1 && distinct.last() < Thresholds.REPETITIVE_LOSS * distinct.first()
                ? Optional.of(format(
                        "its answers have become one another's copies: different pairs of neighbouring tokens fell from %.0f %% to"
                                + " %.1f %%",
                        100 * distinct.first(), 100 * distinct.last()))
                : Optional.empty();
    }

    /** A policy may leave its reference for another style; answers of which every token surprises it are no style. */
    private static Optional<String> strange(MetricHistory history) {
        String name = "objective/reference_perplexity";
        Series held = history.series("eval_" + name);
        Series perplexity = held.size() < 2 ? history.series(name) : held;
        return perplexity.size() > 1 && Math.log(perplexity.last() / perplexity.first()) > Thresholds.BROKEN_NATS
                ? Optional.of(format(
                        "its answers make no sense to the model it began as: their perplexity under the reference rose from %.3g to"
                                + " %.3g",
                        perplexity.first(), perplexity.last()))
                : Optional.empty();
    }

    private static Optional<String> forgotten(MetricHistory history) {
        Series guard = history.series("eval_guard_perplexity");
        return guard.size() > 1 && guard.first() >= 1 && !(guard.last() < Thresholds.BROKEN_GUARD * guard.first())
                ? Optional.of(
                        format("the perplexity of general text rose from %.4g to %.4g", guard.first(), guard.last()))
                : Optional.empty();
    }
}
