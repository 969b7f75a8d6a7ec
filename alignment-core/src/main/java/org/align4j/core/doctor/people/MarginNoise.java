package org.align4j.core.doctor.people;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.DoublePredicate;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.Finding.Level;
import org.align4j.core.doctor.log.Finding.Sighting;
import org.align4j.core.doctor.log.Finding.Threshold;
import org.align4j.core.eval.Interval;

/**
 * Concludes from margins how many judgements are the wrong way round. The margins come from a judge that did not learn from the rows
 * themselves: a probe, a reward model.
 */
public final class MarginNoise {
    /** Tells what the finding is called. */
    public static final String ID = "label-noise";
    /** From fewer pairs nothing is concluded. */
    public static final int FEWEST = 200;
    /** By the lower bound of ε. */
    public static final Threshold THRESHOLD = new Threshold(0.05, 0.25);

    /** Rewards tell ε where its interval is no wider than this. */
    private static final double WIDEST = 0.15;

    private static final double CONFIDENCE = 0.95;
    private static final long SEED = 20260101;

    private final int[] numbers;
    private final double[] margins;

    /**
     * Takes the margins.
     *
     * @param numbers of the rows
     * @param margins {@code [numbers]} how much the judge prefers the chosen answer; not all zero
     */
    public MarginNoise(int[] numbers, double[] margins) {
        this.numbers = numbers.clone();
        this.margins = margins.clone();
    }

    /**
     * Returns the finding of the probe, whose margins lie in two clusters where it can tell flips: ε with its interval and the suspects, or
     * that ε can't be told, and then what bounds it.
     */
    public Finding ofProbe() {
        TwoClusters clusters = TwoClusters.of(margins);
        if (!clusters.identifiable(margins)) {
            return bound(
                    new Interval(0, Math.min(0.5, clusters.against()), CONFIDENCE),
                    "not identifiable: the probe can't tell flipped labels from its own mistakes",
                    List.of());
        }
        return told(clusters.epsilon(), TwoClusters.interval(margins, SEED), clusters::flipped);
    }

    /**
     * Returns the finding of rewards, which are log-odds: ε with its interval and the suspects. Where the interval is wider than 15 points,
     * ε can't be told; the rows whose rejected answer has the higher reward are then named, and {@code --fix} leaves them alone.
     *
     * @param judge who gave the rewards, as in "the reward model"
     */
    public Finding ofRewards(String judge) {
        FlippedOdds odds = FlippedOdds.of(margins);
        Interval interval = odds.interval();
        if (interval.high() - interval.low() <= WIDEST) {
            return told(odds.epsilon(), interval, odds::flipped);
        }
        String note = format(
                "not identifiable: %,d pairs leave open whether %.0f or %.0f %% of the labels are flipped and the rest are mistakes of %s; read"
                        + " more with --model-rows, or ask a surer model",
                margins.length, 100 * interval.low(), 100 * interval.high(), judge);
        List<Sighting> contrary = ranked(
                margin -> margin < 0, margin -> format("%s prefers the rejected answer by %.2f", judge, -margin));
        return bound(interval, note, contrary);
    }

    private Finding told(double epsilon, Interval interval, DoubleUnaryOperator flipped) {
        List<Sighting> suspects = ranked(
                margin -> flipped.applyAsDouble(margin) > 0.5,
                margin -> format("flipped with probability %.2f", flipped.applyAsDouble(margin)));
        return finding(THRESHOLD.level(interval.low()), epsilon, interval, suspects, suspects)
                .with("identifiable", true);
    }

    private Finding bound(Interval interval, String note, List<Sighting> contrary) {
        return finding(Level.GREEN, interval.high(), interval, contrary, List.of())
                .with("identifiable", false)
                .with("note", note);
    }

    /** The rows of some margins, the smallest margin first. */
    private List<Sighting> ranked(DoublePredicate named, DoubleFunction<String> note) {
        return IntStream.range(0, margins.length)
                .filter(i -> named.test(margins[i]))
                .boxed()
                .sorted((a, b) -> Double.compare(margins[a], margins[b]))
                .map(i -> Sighting.of(numbers[i], note.apply(margins[i])))
                .toList();
    }

    private Finding finding(
            Level level, double epsilon, Interval interval, List<Sighting> named, List<Sighting> fixable) {
        return new Finding(
                        ID,
                        level,
                        named.size(),
                        margins.length,
                        epsilon,
                        interval,
                        THRESHOLD,
                        level == Level.GREEN ? "" : advice(epsilon),
                        named,
                        fixable,
                        Map.of())
                .with("epsilon", epsilon)
                .with("epsilon_interval", List.of(interval.low(), interval.high()));
    }

    private static String advice(double epsilon) {
        return format(
                "About %.0f %% of the judgements are the wrong way round; look at the likeliest, leave them out with --fix"
                        + " label-noise, or train with --loss robust --label-smoothing %.2f.",
                100 * epsilon, Math.min(0.45, epsilon));
    }

    /** Returns whether the margins say anything: there are enough, and one of them isn't zero. */
    public boolean speaks() {
        return margins.length >= FEWEST && Arrays.stream(margins).anyMatch(margin -> margin != 0);
    }
}
