package org.align4j.core.eval;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.MetricHistory.Series;

/**
 * Whether a policy that learns from scores has found a way to be scored well instead of answering well: its score rises while it is
 * far from the reference, or its answers change length, become alike or certain.
 *
 * @param scoreRose whether the mean score is above that of the start
 * @param signs in words, each with its figures; empty where there is none
 */
public record Overoptimization(boolean scoreRose, List<String> signs) {
    private static final int FIRST = 5;

    public Overoptimization {
        signs = List.copyOf(signs);
    }

    /** A figure at the start and at the end: of the evaluations where there are two, else the means of the first and last steps. */
    private record Ends(double first, double last) {
        static Optional<Ends> of(MetricHistory history, String name) {
            Series held = history.series("eval_" + name);
            if (held.size() > 1) {
                return Optional.of(new Ends(held.first(), held.last()));
            }
            Series steps = history.series(name);
            return steps.size() < 2
                    ? Optional.empty()
                    : Optional.of(new Ends(
                            steps.part(0, Math.min(FIRST, steps.size())).mean(),
                            steps.recent().mean()));
        }

        double ratio() {
            return last / first;
        }
    }

    /** From the metrics of a run so far. */
    public static Overoptimization of(MetricHistory history) {
        List<String> signs = new ArrayList<>();
        Ends.of(history, "objective/kl")
                .filter(kl -> kl.last() > Thresholds.FAR_NATS)
                .ifPresent(kl -> signs.add(format("an answer is %.1f nats from the reference", kl.last())));
        Ends.of(history, "responses/length")
                .filter(length ->
                        length.ratio() > Thresholds.LENGTH_RATIO || length.ratio() < 1 / Thresholds.LENGTH_RATIO)
                .ifPresent(length ->
                        signs.add(format("answers went from %.1f to %.1f tokens", length.first(), length.last())));
        Ends.of(history, "responses/distinct_2")
                .filter(distinct -> distinct.ratio() < Thresholds.ALIKE)
                .ifPresent(distinct -> signs.add(format(
                        "different pairs of neighbouring tokens fell from %.0f %% to %.0f %%",
                        100 * distinct.first(), 100 * distinct.last())));
        Ends.of(history, "objective/entropy")
                .filter(entropy -> entropy.ratio() < Thresholds.NARROW_ENTROPY)
                .ifPresent(entropy -> signs.add(
                        format("entropy fell from %.2f to %.2f nats a token", entropy.first(), entropy.last())));
        boolean rose = Ends.of(history, "objective/scores")
                .filter(score -> score.last() > score.first())
                .isPresent();
        return new Overoptimization(rose, signs);
    }

    /** Whether the score rose and something says that it shouldn't be believed. */
    public boolean suspected() {
        return scoreRose && !signs.isEmpty();
    }

    Optional<Warning> warning() {
        return suspected()
                ? Optional.of(new Warning(
                        "over-optimisation",
                        "The score rises while " + String.join(", ", signs) + ".",
                        "The policy may please the reward instead of answering better; read its answers, raise kl-coefficient,"
                                + " take fewer steps, or mend the reward."))
                : Optional.empty();
    }
}
