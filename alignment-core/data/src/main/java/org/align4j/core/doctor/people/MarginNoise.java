package org.align4j.core.doctor.people;

import static org.align4j.core.error.RootFormat.format;

import java.io.Serializable;
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
import org.apache.commons.math3.analysis.UnivariateFunction;
import org.apache.commons.math3.analysis.solvers.BrentSolver;
import org.apache.commons.math3.distribution.ChiSquaredDistribution;
import org.apache.commons.math3.optim.MaxEval;
import org.apache.commons.math3.optim.nonlinear.scalar.GoalType;
import org.apache.commons.math3.optim.univariate.BrentOptimizer;
import org.apache.commons.math3.optim.univariate.SearchInterval;
import org.apache.commons.math3.optim.univariate.UnivariateObjectiveFunction;
import org.apache.commons.math3.optim.univariate.UnivariatePointValuePair;

/**
 * Concludes from margins how many judgements are the wrong way round. The margins come from a judge that did not learn from the rows
 * themselves: a probe, a reward model.
 */
public final class MarginNoise {
    /** Says what the finding is called. */
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
     * Takes the margins of rows by their numbers.
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
     * that ε can't be known, and then what bounds it.
     */
    public Finding ofProbe() {
        MarginSums sums = new MarginSums();
        for (int i = 0; i < margins.length; i++) {
            sums.add(numbers[i], margins[i]);
        }
        OfProbe told = OfProbe.of(sums);
        List<Sighting> suspects = ranked(told::suspects, told::note);
        return told.finding(sums, suspects.size(), suspects);
    }

    /**
     * What a probe's margins say.
     *
     * @param clusters the margins as two clusters
     * @param identifiable whether the clusters tell ε
     */
    public record OfProbe(TwoComponentMixture clusters, boolean identifiable) implements Serializable {
        /** Concludes from the margins of all rows. */
        public static OfProbe of(MarginSums sums) {
            TwoComponentMixture clusters = TwoComponentMixture.of(sums);
            return new OfProbe(clusters, clusters.identifiable(sums));
        }

        /** Whether a label is likelier flipped than not. */
        public boolean suspects(double margin) {
            return identifiable && clusters.flipped(margin) > 0.5;
        }

        /** Says of a suspected row how likely its label is flipped. */
        public String note(double margin) {
            return format("flipped with probability %.2f", clusters.flipped(margin));
        }

        /**
         * Makes the finding.
         *
         * @param count how many rows are suspected
         * @param suspects all of these or the first, the smallest margin first
         */
        public Finding finding(MarginSums sums, long count, List<Sighting> suspects) {
            if (!identifiable) {
                Interval bounds = new Interval(0, Math.min(0.5, clusters.against()), CONFIDENCE);
                return MarginNoise.finding(
                                Level.GREEN, bounds.high(), bounds, new Named(sums.rows(), 0, List.of(), List.of()))
                        .with("identifiable", false)
                        .with("note", "not identifiable: the probe can't tell flipped labels from its own mistakes");
            }
            Interval interval = TwoComponentMixture.interval(sums, SEED);
            Named named = new Named(sums.rows(), count, suspects, suspects);
            return MarginNoise.finding(THRESHOLD.level(interval.low()), clusters.epsilon(), interval, named)
                    .with("identifiable", true);
        }
    }

    /** The rows that a finding names, of those that were looked at. */
    private record Named(long rows, long count, List<Sighting> sightings, List<Sighting> fixable) {}

    /**
     * Returns the finding of rewards, which are log-odds: ε with its interval and the suspects. Where the interval is wider than 15 points,
     * ε can't be known; the rows whose rejected answer has the higher reward are then named, and {@code --fix} leaves them alone.
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
        Named named = new Named(margins.length, suspects.size(), suspects, suspects);
        return finding(THRESHOLD.level(interval.low()), epsilon, interval, named)
                .with("identifiable", true);
    }

    private Finding bound(Interval interval, String note, List<Sighting> contrary) {
        Named named = new Named(margins.length, contrary.size(), contrary, List.of());
        return finding(Level.GREEN, interval.high(), interval, named)
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

    private static Finding finding(Level level, double epsilon, Interval interval, Named named) {
        return new Finding(
                        ID,
                        level,
                        new Finding.Counted(named.count, named.rows),
                        new Finding.Figure(epsilon, interval, THRESHOLD),
                        level == Level.GREEN ? "" : advice(epsilon),
                        new Finding.Seen(named.sightings, named.fixable),
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
    public boolean isConclusive() {
        return margins.length >= FEWEST && Arrays.stream(margins).anyMatch(margin -> margin != 0);
    }

    /**
     * Distinguishes flipped labels from the mistakes of a reward model whose margins are log-odds up to a factor. A label agrees
     * with a margin m with probability {@code ε + (1 − 2ε) / (1 + exp(−b m))}. Mistakes get rarer the surer the judge is, flips
     * don't, so that ε is where the share of labels against the judge levels off. ε and b are those of the greatest likelihood;
     * the interval holds each ε whose likelihood, with the best b for it, is not significantly smaller (Wilks, 1938).
     *
     * @param epsilon ε, the share of flipped labels, up to one half
     * @param scale b, the log-odds at a margin of 1
     * @param interval of ε, at 95 %
     */
    record FlippedOdds(double epsilon, double scale, Interval interval) {
        private static final double CONFIDENCE = 0.95;

        /**
         * Fits flip rate and slope to the margins.
         *
         * @param margins how much the judge prefers the chosen answer of each row, not all zero
         */
        static FlippedOdds of(double[] margins) {
            double unit = Math.sqrt(
                    Arrays.stream(margins).map(margin -> margin * margin).sum() / margins.length);
            double[] scaled =
                    Arrays.stream(margins).map(margin -> margin / unit).toArray();
            FlippedOdds fitted = new Profile(scaled).fitted();
            return new FlippedOdds(fitted.epsilon, fitted.scale / unit, fitted.interval);
        }

        /** Returns the probability that the label of a row with this margin is flipped. */
        double flipped(double margin) {
            double other = 1 / (1 + Math.exp(scale * margin));
            return epsilon * other / (epsilon * other + (1 - epsilon) * (1 - other));
        }

        /**
         * The log-likelihood along ε, each with the best b for it. It may have two peaks, so that a grid is looked at before a search.
         *
         * @param margins whose mean square is 1
         */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        private record Profile(double[] margins) {
            private static final int CELLS = 50;
            private static final double SMALLEST_LOG_SCALE = -4;
            private static final double LARGEST_LOG_SCALE = 5;
            private static final double STEP = 0.75;
            private static final int MOST_LOOKS = 200;

            FlippedOdds fitted() {
                double[] heights = new double[CELLS + 1];
                Arrays.setAll(heights, cell -> height(at(cell)));
                int top = 0;
                for (int cell = 1; cell <= CELLS; cell++) {
                    top = heights[cell] > heights[top] ? cell : top;
                }
                UnivariatePointValuePair peak = highest(this::height, at(top - 1), at(top + 1));
                // A search doesn't look at the ends of its range.
                double epsilon = peak.getValue() > heights[top] ? peak.getPoint() : at(top);
                double least = Math.max(peak.getValue(), heights[top])
                        - new ChiSquaredDistribution(null, 1).inverseCumulativeProbability(CONFIDENCE) / 2;
                Interval interval =
                        new Interval(edge(heights, epsilon, least, 1), edge(heights, epsilon, least, -1), CONFIDENCE);
                return new FlippedOdds(epsilon, Math.exp(best(epsilon).getPoint()), interval);
            }

            private static double at(int cell) {
                return 0.5 * Math.max(0, Math.min(CELLS, cell)) / CELLS;
            }

            /** The outermost ε, towards a peak from one end, that is as high as is enough. */
            private double edge(double[] heights, double epsilon, double least, int step) {
                int cell = step > 0 ? 0 : CELLS;
                while (heights[cell] < least && (epsilon - at(cell + step)) * step > 0) {
                    cell += step;
                }
                boolean enough = heights[cell] >= least;
                double inside = enough ? at(cell) : epsilon;
                double outside = enough ? at(cell - step) : at(cell);
                return inside == outside
                        ? inside
                        : new BrentSolver()
                                .solve(
                                        MOST_LOOKS,
                                        at -> height(at) - least,
                                        Math.min(inside, outside),
                                        Math.max(inside, outside));
            }

            private double height(double epsilon) {
                return best(epsilon).getValue();
            }

            /** The logarithm of the best b for an ε, with the log-likelihood. */
            private UnivariatePointValuePair best(double epsilon) {
                UnivariateFunction likelihood = log -> logLikelihood(epsilon, Math.exp(log));
                double best = SMALLEST_LOG_SCALE;
                double most = Double.NEGATIVE_INFINITY;
                for (double log = SMALLEST_LOG_SCALE; log <= LARGEST_LOG_SCALE; log += STEP) {
                    double value = likelihood.value(log);
                    best = value > most ? log : best;
                    most = Math.max(most, value);
                }
                return highest(likelihood, best - STEP, best + STEP);
            }

            private static UnivariatePointValuePair highest(UnivariateFunction function, double low, double high) {
                return new BrentOptimizer(1e-6, 1e-7)
                        .optimize(
                                new UnivariateObjectiveFunction(function),
                                GoalType.MAXIMIZE,
                                new SearchInterval(low, high),
                                new MaxEval(MOST_LOOKS));
            }

            private double logLikelihood(double epsilon, double scale) {
                double sum = 0;
                for (double margin : margins) {
                    sum += Math.log(epsilon + (1 - 2 * epsilon) / (1 + Math.exp(-scale * margin)));
                }
                return sum;
            }
        }
    }
}
