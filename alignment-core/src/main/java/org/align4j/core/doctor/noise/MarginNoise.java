package org.align4j.core.doctor.noise;

import static org.align4j.core.error.RootFormat.format;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;
import org.align4j.core.doctor.finding.Finding;
import org.align4j.core.doctor.finding.Level;
import org.align4j.core.doctor.finding.Sighting;
import org.align4j.core.doctor.finding.Threshold;
import org.align4j.core.eval.Interval;

/**
 * Concludes from margins how many judgements are the wrong way round. The margins come from a judge that did not learn from the rows
 * themselves: a probe, a reward model.
 */
public final class MarginNoise {
    /** What the finding is called. */
    public static final String ID = "label-noise";
    /** From fewer pairs nothing is concluded. */
    public static final int FEWEST = 200;
    /** By the lower bound of ε. */
    public static final Threshold THRESHOLD = new Threshold(0.05, 0.25);

    private static final double MOST_AGAINST_REWARDS = 0.3;
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
     * Returns the finding: ε with its interval and the suspects, or that ε can't be told, and then what bounds it.
     *
     * @param judge who gave the margins, as in "the probe"
     */
    public Finding finding(String judge) {
        return finding(judge, 1);
    }

    private Finding finding(String judge, double mostAgainst) {
        TwoClusters clusters = TwoClusters.of(margins);
        if (clusters.against() > mostAgainst || !clusters.identifiable(margins)) {
            Interval interval = new Interval(0, Math.min(0.5, clusters.against()), CONFIDENCE);
            return finding(Level.GREEN, interval.high(), interval, List.of())
                    .with("identifiable", false)
                    .with("note", "not identifiable: " + judge + " can't tell flipped labels from its own mistakes");
        }
        Interval interval = TwoClusters.interval(margins, SEED);
        List<Sighting> suspects = ranked(
                margin -> clusters.flipped(margin) > 0.5,
                margin -> format("flipped with probability %.2f", clusters.flipped(margin)));
        return finding(THRESHOLD.level(interval.low()), clusters.epsilon(), interval, suspects)
                .with("identifiable", true);
    }

    /**
     * Returns {@link #finding} where ε can be told. Where it can't, it names the rows whose rejected answer the judge prefers, which
     * {@code --fix} leaves alone. Rewards are surer of themselves than they are right, and lie in two clusters where they err, so that ε
     * can't be told where more than 30 % of the labels go against them.
     */
    public Finding rankedFinding(String judge) {
        Finding finding = finding(judge, MOST_AGAINST_REWARDS);
        if (Boolean.TRUE.equals(finding.figures().get("identifiable"))) {
            return finding;
        }
        List<Sighting> contrary = ranked(
                margin -> margin < 0, margin -> format("%s prefers the rejected answer by %.2f", judge, -margin));
        return new Finding(
                ID,
                finding.level(),
                contrary.size(),
                finding.rows(),
                finding.rate(),
                finding.interval(),
                THRESHOLD,
                finding.advice(),
                contrary,
                List.of(),
                finding.figures());
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

    private Finding finding(Level level, double epsilon, Interval interval, List<Sighting> suspects) {
        return new Finding(
                        ID,
                        level,
                        suspects.size(),
                        margins.length,
                        epsilon,
                        interval,
                        THRESHOLD,
                        level == Level.GREEN ? "" : advice(epsilon),
                        suspects,
                        suspects,
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
