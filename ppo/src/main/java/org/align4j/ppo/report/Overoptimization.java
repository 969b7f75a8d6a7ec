package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.align4j.core.eval.MetricHistory;
import org.align4j.core.eval.MetricHistory.Series;
import org.align4j.core.eval.Warning;
import org.align4j.core.figure.Figure;

/**
 * Whether a policy has found a way to be scored well instead of answering well. Its score rises while it is far from the
 * reference, or its answers change length, become alike or certain.
 *
 * @param scoreRose whether the mean score is above that of the start
 * @param signs in words, each with its figures; empty where there is none
 */
record Overoptimization(boolean scoreRose, List<String> signs) {

    /** Nats of divergence an answer beyond which a rising score is more likely the reward's error than an improvement (Gao et al. 2023). */
    private static final double FAR_NATS = 10;

    /** Times the length before, or its inverse, beyond which a rising score may be a score of length. */
    private static final double LENGTH_RATIO = 1.5;

    /** Share of the different pairs of neighbouring tokens before, below which answers have become alike. */
    private static final double ALIKE = 0.7;

    /** Share of the entropy before, below which a policy that learns from scores has stopped exploring. */
    private static final double NARROW_ENTROPY = 0.5;

    /** Times the members' spread before, beyond which an ensemble's mean is no opinion of all of them. */
    private static final double PARTED = 2;

    Overoptimization {
        signs = List.copyOf(signs);
    }

    /** A figure at the start and at the end: of the evaluations where there are two, else the means of the first and last steps. */
    private record Ends(double first, double last) {
        static Optional<Ends> of(MetricHistory history, Figure figure) {
            Series held = history.evaluations(figure);
            if (held.size() > 1) {
                return Optional.of(new Ends(held.first(), held.last()));
            }
            Series steps = history.steps(figure);
            return steps.size() < 2
                    ? Optional.empty()
                    : Optional.of(
                            new Ends(steps.opening().mean(), steps.closing().mean()));
        }

        double ratio() {
            return last / first;
        }
    }

    /** Examines the metrics of a run so far. */
    static Overoptimization of(MetricHistory history) {
        List<String> signs = new ArrayList<>();
        Ends.of(history, PpoFigures.KL)
                .filter(kl -> kl.last() > FAR_NATS)
                .ifPresent(kl -> signs.add(format("an answer is %.1f nats from the reference", kl.last())));
        Ends.of(history, PpoFigures.LENGTH)
                .filter(length -> length.ratio() > LENGTH_RATIO || length.ratio() < 1 / LENGTH_RATIO)
                .ifPresent(length ->
                        signs.add(format("answers went from %.1f to %.1f tokens", length.first(), length.last())));
        Ends.of(history, PpoFigures.DISTINCT_PAIRS)
                .filter(distinct -> distinct.ratio() < ALIKE)
                .ifPresent(distinct -> signs.add(format(
                        "different pairs of neighbouring tokens fell from %.0f %% to %.0f %%",
                        100 * distinct.first(), 100 * distinct.last())));
        Ends.of(history, PpoFigures.ENTROPY)
                .filter(entropy -> entropy.ratio() < NARROW_ENTROPY)
                .ifPresent(entropy -> signs.add(
                        format("entropy fell from %.2f to %.2f nats per token", entropy.first(), entropy.last())));
        Ends.of(history, PpoFigures.ofPart("ensemble/spread"))
                .filter(spread -> spread.ratio() > PARTED)
                .ifPresent(spread -> signs.add(format(
                        "the ensemble's members disagree more: their spread rose from %.3g to %.3g",
                        spread.first(), spread.last())));
        judged(history).ifPresent(signs::add);
        boolean rose = Ends.of(history, PpoFigures.SCORE)
                .filter(score -> score.last() > score.first())
                .isPresent();
        return new Overoptimization(rose, signs);
    }

    /** Says how the score by eval-reward and the score that is trained on part; empty where they don't by more than chance. */
    static Optional<String> judged(MetricHistory history) {
        double low = history.evaluations(PpoFigures.JUDGED_FALL_LOW).last();
        double rise = history.evaluations(PpoFigures.SCORE_RISE).last();
        return low > 0 && rise >= 0
                ? Optional.of(JudgedCourse.sentence(
                        (int) history.evaluations(PpoFigures.JUDGED_BEST).last(),
                        history.evaluations(PpoFigures.JUDGED_FALL).last(),
                        low,
                        rise))
                : Optional.empty();
    }

    /** Whether the score rose and something says that it shouldn't be believed. */
    boolean suspected() {
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
