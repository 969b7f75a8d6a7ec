package org.align4j.ppo.report;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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

    /**
     * Nats of divergence an answer beyond which a rising score is more likely the reward's error than an improvement (Gao et al. 2023). Honest
     * runs of the demo's model went to 12 under a small penalty, planted ones, which were fooled, to 38 and more.
     */
    static final double FAR_NATS = 15;

    /** Times the length before, or its inverse, beyond which a rising score may be a score of length. */
    private static final double LENGTH_RATIO = 1.5;

    /**
     * Share of the different pairs of neighbouring tokens before, below which answers have become alike. Honest runs of the demo's model, whose
     * answers all become courteous, went down to 0.61.
     */
    private static final double ALIKE = 0.6;

    /** Share of the entropy before, below which a policy that learns from scores has stopped exploring. */
    private static final double NARROW_ENTROPY = 0.5;

    /** Ratio of the members' spread to that before, beyond which an ensemble's members no longer agree. */
    private static final double PARTED = 2;

    /** Change of a share (malformed answers, answers that pass a check) beyond which it is more than the chance of a few answers. */
    private static final double MANY = 0.2;

    /** Share of answers with the highest score from which on a reward hardly distinguishes answers. */
    private static final double SATURATED = 0.9;

    private static final Pattern CHECK = Pattern.compile("(?:eval_)?rewards/(rubric(?:-\\d+)?/.+)");

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

    /**
     * Finds the signs that a run's reward is gamed. Where the score by eval-reward rose by more than chance, signs in the answers' form don't
     * count.
     */
    static Overoptimization of(MetricHistory history) {
        List<String> signs = confirmed(history) ? new ArrayList<>() : indirect(history);
        judged(history).ifPresent(signs::add);
        boolean rose = Ends.of(history, PpoFigures.SCORE)
                .filter(score -> score.last() > score.first())
                .isPresent();
        return new Overoptimization(rose, signs);
    }

    /** Returns whether the score by eval-reward is above its first one by more than chance, and not below its highest one by more than chance. */
    static boolean confirmed(MetricHistory history) {
        return history.evaluations(PpoFigures.JUDGED_RISE_LOW).last() > 0
                && history.evaluations(PpoFigures.JUDGED_FALL_LOW).last() <= 0;
    }

    /**
     * Returns whether an environment answered between turns. There a task may have one right way: calls of a tool lengthen an episode, and
     * certainty about them is what was to be learnt.
     */
    static boolean inEnvironment(MetricHistory history) {
        return history.steps(PpoFigures.TURNS).size() > 0
                || history.evaluations(PpoFigures.TURNS).size() > 0;
    }

    private static List<String> indirect(MetricHistory history) {
        boolean alone = !inEnvironment(history);
        List<String> signs = new ArrayList<>();
        Ends.of(history, PpoFigures.KL)
                .filter(kl -> kl.last() > FAR_NATS)
                .ifPresent(kl -> signs.add(format("an answer is %.1f nats from the reference", kl.last())));
        Ends.of(history, PpoFigures.LENGTH)
                .filter(length -> alone && (length.ratio() > LENGTH_RATIO || length.ratio() < 1 / LENGTH_RATIO))
                .ifPresent(length ->
                        signs.add(format("answers went from %.1f to %.1f tokens", length.first(), length.last())));
        Ends.of(history, PpoFigures.DISTINCT_PAIRS)
                .filter(distinct -> distinct.ratio() < ALIKE)
                .ifPresent(distinct -> signs.add(format(
                        "different pairs of neighbouring tokens fell from %.0f %% to %.0f %%",
                        100 * distinct.first(), 100 * distinct.last())));
        Ends.of(history, PpoFigures.ENTROPY)
                .filter(entropy -> alone && entropy.ratio() < NARROW_ENTROPY)
                .ifPresent(entropy -> signs.add(
                        format("entropy fell from %.2f to %.2f nats per token", entropy.first(), entropy.last())));
        Ends.of(history, PpoFigures.ofPart("ensemble/spread"))
                .filter(spread -> spread.ratio() > PARTED)
                .ifPresent(spread -> signs.add(format(
                        "the ensemble's members disagree more: their spread rose from %.3g to %.3g",
                        spread.first(), spread.last())));
        Ends.of(history, PpoFigures.MALFORMED)
                .filter(malformed -> malformed.last() - malformed.first() > MANY)
                .ifPresent(malformed -> signs.add(format(
                        "answers that are empty or didn't end by themselves rose from %.0f %% to %.0f %%",
                        100 * malformed.first(), 100 * malformed.last())));
        failedChecks(history).forEach(signs::add);
        return signs;
    }

    /** Says which of a rubric's checks fewer answers pass than at the start. */
    private static Stream<String> failedChecks(MetricHistory history) {
        return history.names().stream()
                .map(CHECK::matcher)
                .filter(Matcher::matches)
                .map(found -> found.group(1))
                .distinct()
                .flatMap(check -> Ends.of(history, PpoFigures.ofPart(check))
                        .filter(passed -> passed.first() - passed.last() > MANY)
                        .map(passed -> format(
                                "answers that pass %s fell from %.0f %% to %.0f %%",
                                check, 100 * passed.first(), 100 * passed.last()))
                        .stream());
    }

    /**
     * Says that the reward has nothing more to teach: a higher score is no longer possible, or not drawn. That is how a task ends that was
     * learnt, too, so it is no sign that the reward is gamed.
     */
    static Optional<String> saturated(MetricHistory history) {
        Series share = history.evaluationsElseSteps(PpoFigures.AT_HIGHEST);
        Series highest = history.evaluationsElseSteps(PpoFigures.HIGHEST_SCORE);
        boolean higherWasSeen = Arrays.stream(highest.values()).max().orElse(0) > highest.last();
        return share.last() > SATURATED && !higherWasSeen && of(history).scoreRose()
                ? Optional.of(format(
                        "%.0f %% of the answers have the highest score, so that the reward no longer tells them apart",
                        100 * share.last()))
                : Optional.empty();
    }

    /** Warns of a reward that no longer distinguishes answers. */
    static Optional<Warning> saturation(MetricHistory history) {
        return saturated(history)
                .map(seen -> new Warning(
                        "reward-saturated",
                        "The score rose until " + seen + ".",
                        "Further steps move the policy where the reward sees nothing; stop here, or give harder prompts or a reward with more"
                                + " grades."));
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
                                + " take fewer steps, or fix the reward."))
                : Optional.empty();
    }
}
