package org.align4j.dpo;

import static org.align4j.core.error.RootFormat.format;

import java.util.Optional;
import org.align4j.core.eval.DataFacts;
import org.align4j.core.eval.UsualWarnings.EarlyWarning;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Warning;

/**
 * Warns that the chosen answers become unlikely: a margin grows as well by making both answers so.
 *
 * @param hasReference whether rewards are log-ratios to a reference; else they are log-probabilities, which are below 0 anyhow
 * @param remedies what to do, as a clause
 */
record ChosenFalling(boolean hasReference, String remedies) implements EarlyWarning {
    private static final double FALL_FRACTION = 0.02;
    private static final int FEWEST_STEPS = 5;

    @Override
    public Optional<Warning> look(MetricHistory history, DataFacts facts) {
        Series evaluated = history.evaluations(DpoFigures.CHOSEN_LOG_PROB);
        if (evaluated.size() >= 2) {
            double fall = evaluated.first() - evaluated.last();
            return fall >= 1 && fall >= FALL_FRACTION * Math.abs(evaluated.first())
                    ? Optional.of(warning(format(
                            "The mean log-probability of the chosen evaluation answers fell from %.1f to %.1f.",
                            evaluated.first(), evaluated.last())))
                    : Optional.empty();
        }
        Series last = history.steps(DpoFigures.CHOSEN_REWARD).recent();
        return hasReference
                        && last.size() >= FEWEST_STEPS
                        && last.mean() < -2 * last.standardError()
                        && last.mean() < -0.05
                ? Optional.of(warning(format(
                        "The chosen answers have become less likely than under the reference"
                                + " (mean reward %.2f over the last %d steps).",
                        last.mean(), last.size())))
                : Optional.empty();
    }

    private Warning warning(String seen) {
        return new Warning(
                "chosen-falling", seen, "The margin may grow by making both answers unlikely; " + remedies + ".");
    }
}
